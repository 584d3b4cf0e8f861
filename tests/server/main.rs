//! The whole server against real peers: dialogues written down in `tests/mail/`, many connections
//! at once, swaks, Python's smtplib and Postfix on both sides, a kill in the middle of the work,
//! and what it costs. One binary, since each one links everything.
#![forbid(unsafe_code)]

mod harness;

mod dialogues;
mod idle;
mod killed;
mod large;
mod peers;
mod start;
mod together;
