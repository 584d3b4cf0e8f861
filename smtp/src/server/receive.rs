//! DATA: everything from the command to the reply after the final dot.

use std::io;

use tokio::time::{Duration, Instant, timeout_at};

use super::data::{Fault, Reader};
use super::session::{Answer, Close, Session};
use super::spool::Spool;
use super::state::{Sender, State};
use super::{Envelope, Mailroom, Message};
use crate::{Reply, reply};

/// How the reading of a mail ended.
enum Received {
    Mail(Message),
    /// Read to its end, and not wanted.
    Faulty(Fault),
    /// Read to its end, but our disk would not have it.
    Unwritable(io::Error),
}

impl<M: Mailroom> Session<M> {
    pub(super) async fn data(&mut self) -> Answer {
        // RFC 2920 3.1: DATA is the last of a group. What came with it may be
        // content, which must never run as commands, nor be taken as content
        // by a server that said no.
        if !self.wire.buffered().is_empty() {
            return Err(self.early_data().await);
        }
        let (sender, recipients) = match std::mem::take(&mut self.state) {
            State::Rcpt(sender, recipients) => (sender, recipients),
            state => {
                self.state = state;
                return Ok(Some(reply::bad_sequence("RCPT first")));
            }
        };
        self.state = State::Greeted;
        self.say(&reply::start_mail_input());
        self.flush().await?;
        let envelope = self.envelope(sender, recipients);
        let received = match self.read_mail().await {
            Ok(received) => received,
            Err((close, reply)) => {
                self.refused(&envelope, &reply).await;
                return Err(close);
            }
        };
        self.tally.message();
        self.settle(envelope, received).await
    }

    async fn early_data(&mut self) -> Close {
        tracing::warn!(session = self.id, peer = %self.peer.addr, "Bytes were sent together with DATA");
        let reply = reply::early_data();
        if let Some(sender) = self.state.sender().cloned() {
            let recipients = self.state.recipients().to_vec();
            let envelope = self.envelope(sender, recipients);
            self.refused(&envelope, &reply).await;
        }
        Close::Said(reply)
    }

    fn envelope(&self, sender: Sender, recipients: Vec<crate::Mailbox>) -> Envelope {
        Envelope {
            peer: self.peer.clone(),
            reverse_path: sender.path,
            recipients,
            body_8bit: sender.body_8bit,
            session: self.id.clone(),
        }
    }

    async fn refused(&mut self, envelope: &Envelope, reply: &Reply) {
        let (from, to) = (&envelope.reverse_path, envelope.recipients.first());
        self.mailroom.refused(&self.peer, from, to, reply).await;
    }

    async fn settle(&mut self, envelope: Envelope, received: Received) -> Answer {
        let refusal = match received {
            Received::Mail(message) => {
                return Ok(Some(self.mailroom.deliver(envelope, message).await));
            }
            Received::Faulty(fault) => refusal(fault),
            Received::Unwritable(error) => {
                tracing::error!(session = self.id, %error, "A mail cannot be written to the spool directory");
                reply::storage_full()
            }
        };
        self.refused(&envelope, &refusal).await;
        if refusal == reply::bare_line_end_in_data() {
            tracing::warn!(session = self.id, peer = %self.peer.addr, "A mail with a bare CR or LF was refused");
            // Whoever is confused about line ends is not asked for more.
            self.say(&refusal);
            return Err(Close::Said(reply::closing()));
        }
        Ok(Some(refusal))
    }

    /// Reads to the end of the mail, or fails with what to say and what to note.
    async fn read_mail(&mut self) -> Result<Received, (Close, Reply)> {
        let (mut reader, mut trouble) = (Reader::new(self.options.max_size), None);
        let mut spool = Spool::new(&self.options.spool_dir, self.options.in_memory);
        let (started, mut arrived) = (Instant::now(), 0);
        loop {
            let more = timeout_at(self.patience(started, arrived), self.wire.fill()).await;
            match more {
                Ok(Ok(0)) | Ok(Err(_)) => return Err((Close::Gone, reply::connection_lost())),
                Ok(Ok(count)) => arrived += count as u64,
                Err(_) => return Err((Close::Said(self.overdue()), self.overdue())),
            }
            let end = spool.feed(&mut reader, self.wire.buffered());
            self.wire.consume(end.unwrap_or(usize::MAX));
            if reader.fault().is_some() || trouble.is_some() {
                spool.discard();
            } else if let Err(error) = spool.spill().await {
                trouble = Some(error);
            }
            if end.is_some() {
                break;
            }
        }
        Ok(match (reader.fault(), trouble) {
            (Some(fault), _) => Received::Faulty(fault),
            (None, Some(error)) => Received::Unwritable(error),
            (None, None) => spool
                .finish()
                .await
                .map_or_else(Received::Unwritable, Received::Mail),
        })
    }

    /// When the next bytes must be there. A stranger also has to keep up a
    /// rate over the whole mail, or a drop every minute would hold us for ever.
    fn patience(&self, started: Instant, arrived: u64) -> Instant {
        let timeouts = &self.options.timeouts;
        let next = Instant::now() + timeouts.data_block;
        if self.peer.trusted || timeouts.data_rate == 0 {
            return next;
        }
        let earned = Duration::from_secs(arrived / timeouts.data_rate);
        self.no_later_than(next.min(started + timeouts.data_grace + earned))
    }
}

fn refusal(fault: Fault) -> Reply {
    match fault {
        Fault::BareLineEnd => reply::bare_line_end_in_data(),
        Fault::LineTooLong => reply::text_line_too_long(),
        Fault::TooBig => reply::too_big(),
    }
}
