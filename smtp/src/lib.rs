//! SMTP, both ends: a server that hands each mail to a `Mailroom`, and a client
//! that delivers one message to one host. A leaf: it knows no other crate of
//! ours and has no idea what becomes of a mail.
#![forbid(unsafe_code)]

pub mod client;
pub mod path;
pub mod reply;
pub mod server;
pub mod tls;
mod wire;

#[cfg(test)]
mod testing;

pub use path::{Mailbox, PathError, ReversePath};
pub use reply::Reply;
