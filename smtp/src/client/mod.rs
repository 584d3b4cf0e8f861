//! The client: one connection to one host, one message at a time, and a result
//! for every recipient.

mod auth;
mod connection;
mod data;
mod extensions;
mod failure;
pub mod mx;
mod outcome;
mod replies;
mod route;
mod transaction;

pub use connection::Connection;
pub use failure::{Failure, Stage};
pub use outcome::{Delivery, Outcome};
pub use route::{Credentials, Route, Security, Timeouts};

pub use crate::tls::Verify;

#[cfg(test)]
mod tests;
