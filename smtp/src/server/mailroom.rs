//! What the server asks of whoever uses it, and what it hands over. The
//! server says 250 for a mail exactly when `deliver` said so.

use std::future::Future;
use std::net::SocketAddr;

use tempfile::TempPath;

use crate::{Mailbox, Reply, ReversePath};

/// The other end of a connection, as far as it is known by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub addr: SocketAddr,
    /// What it called itself in EHLO or HELO; empty before.
    pub helo: String,
    pub esmtp: bool,
    pub tls: Option<TlsInfo>,
    /// It belongs to one of the networks that relay mail to us.
    pub trusted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// Such as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
}

/// Who sends to whom, as said in MAIL and RCPT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub peer: Peer,
    pub reverse_path: ReversePath,
    /// Each was accepted by `Mailroom::recipient`; at least one, in order, none twice.
    pub recipients: Vec<Mailbox>,
    /// RFC 6152: the client said BODY=8BITMIME.
    pub body_8bit: bool,
    /// Names the connection in logs.
    pub session: String,
}

/// A mail exactly as transmitted: dots unstuffed, CRLF kept, without the final dot.
#[derive(Debug)]
pub struct Message {
    pub content: Content,
    pub size: u64,
    pub sha256: [u8; 32],
}

#[derive(Debug)]
pub enum Content {
    Memory(Vec<u8>),
    /// Deleted when dropped, unless `keep()` or `persist()` is called on it.
    /// Written but not synced: that is done by whoever adopts it.
    File(TempPath),
}

impl Content {
    /// All bytes, for small mails and tests; blocks while it reads a file.
    pub fn read(&self) -> std::io::Result<Vec<u8>> {
        match self {
            Content::Memory(bytes) => Ok(bytes.clone()),
            Content::File(path) => std::fs::read(path),
        }
    }
}

/// Decides about recipients and keeps the mails.
pub trait Mailroom: Send + Sync + 'static {
    /// May this recipient be used? An error is the reply that refuses it.
    fn recipient(
        &self,
        peer: &Peer,
        from: &ReversePath,
        to: &Mailbox,
    ) -> impl Future<Output = Result<(), Reply>> + Send;

    /// Takes a mail. A positive reply promises that the mail is durable.
    fn deliver(&self, envelope: Envelope, message: Message) -> impl Future<Output = Reply> + Send;

    /// A recipient or a whole transaction was refused before `deliver`. `to` is
    /// the refused recipient, or the first one when the transaction as a whole
    /// was refused; `None` when there was none yet.
    fn refused(
        &self,
        peer: &Peer,
        from: &ReversePath,
        to: Option<&Mailbox>,
        reply: &Reply,
    ) -> impl Future<Output = ()> + Send;
}
