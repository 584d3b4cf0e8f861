//! Tickets and all their rules: what arrives, who answers, what leaves.
//!
//! This crate opens no socket, reads no clock and draws no random number: every change is given a
//! [`Moment`]. It knows `storage` and nobody else.
#![forbid(unsafe_code)]

pub mod mail;
