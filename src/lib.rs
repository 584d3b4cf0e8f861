//! maildesk: the wiring of its parts and the command line. It decides nothing: what a ticket is
//! stands in `desk`, how mail is spoken in `smtp`, what pages show in `web`.
#![forbid(unsafe_code)]

pub mod answer;
pub mod ask;
pub mod certificate;
pub mod cli;
pub mod commands;
pub mod control;
pub mod fault;
pub mod handed_in;
pub mod inbound;
pub mod logging;
pub mod outbound;
pub mod pages;
pub mod print;
pub mod server;
pub mod settings;
pub mod signals;
pub mod spool;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod world;
