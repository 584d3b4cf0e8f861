//! One message over an open connection.

use tokio::io::AsyncRead;

use super::{Connection, Failure};
use crate::{Mailbox, Reply, ReversePath};

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub recipient: Mailbox,
    pub result: Delivery,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Delivered(Reply),
    Temporary(Reply),
    Permanent(Reply),
}

impl Delivery {
    pub fn reply(&self) -> &Reply {
        match self {
            Delivery::Delivered(reply)
            | Delivery::Temporary(reply)
            | Delivery::Permanent(reply) => reply,
        }
    }
}

impl Connection {
    /// Sends one message of exactly `size` bytes to all recipients.
    pub async fn send<R>(
        &mut self,
        _from: &ReversePath,
        _to: &[Mailbox],
        _message: R,
        _size: u64,
    ) -> Result<Vec<Outcome>, Failure>
    where
        R: AsyncRead + Unpin + Send,
    {
        Ok(Vec::new())
    }
}
