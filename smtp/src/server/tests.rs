//! The server over loopback and over pipes, byte by byte.

mod dialogue;
mod garbage;
mod limits;
mod relay;
mod smuggling;
mod starttls;
