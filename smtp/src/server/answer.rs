//! What each command does to a session, and its reply.

use super::Mailroom;
use super::command::{Command, Mail};
use super::session::{Answer, Close, Session};
use super::state::{Sender, State};
use crate::{Mailbox, Reply, reply};

impl<M: Mailroom> Session<M> {
    pub(super) async fn answer(&mut self, command: Command) -> Answer {
        match command {
            Command::Ehlo(helo) => Ok(Some(self.hello(helo, true))),
            Command::Helo(helo) => Ok(Some(self.hello(helo, false))),
            Command::Mail(mail) => self.mail(mail).await.map(Some),
            Command::Rcpt(to) => Ok(Some(self.rcpt(to).await)),
            // The two large ones live in boxes, so that an idle session is small.
            Command::Data => Box::pin(self.data()).await,
            Command::StartTls => Box::pin(self.start_tls()).await,
            Command::Rset => {
                self.state.reset();
                Ok(Some(reply::ok()))
            }
            Command::Noop => Ok(Some(reply::ok())),
            Command::Vrfy => Ok(Some(reply::cannot_verify())),
            Command::Help => Ok(Some(reply::help())),
            Command::Quit => Err(Close::Said(reply::bye())),
        }
    }

    fn hello(&mut self, helo: String, esmtp: bool) -> Reply {
        (self.peer.helo, self.peer.esmtp) = (helo, esmtp);
        // RFC 5321 4.1.4: a second EHLO also ends a transaction.
        self.state = State::Greeted;
        match esmtp {
            true => reply::ehlo(&self.options.hostname, &self.extensions()),
            false => reply::hello(&self.options.hostname),
        }
    }

    fn extensions(&self) -> Vec<String> {
        let mut extensions = vec![
            "PIPELINING".into(),
            // RFC 1870 4.
            format!("SIZE {}", self.options.max_size),
            "8BITMIME".into(),
            "ENHANCEDSTATUSCODES".into(),
            "HELP".into(),
        ];
        // RFC 3207 4.2: not offered again inside TLS.
        if self.options.tls.is_some() && self.peer.tls.is_none() {
            extensions.push("STARTTLS".into());
        }
        extensions
    }

    async fn mail(&mut self, mail: Mail) -> Result<Reply, Close> {
        match self.state {
            State::Connected => return Ok(reply::bad_sequence("EHLO first")),
            State::Mail(_) | State::Rcpt(..) => return Ok(reply::bad_sequence("nested MAIL")),
            State::Greeted => {}
        }
        if !self.peer.trusted && self.tally.messages() >= self.options.per_connection {
            return Err(Close::Said(reply::too_many_messages()));
        }
        // RFC 1870 6.1: refused before a byte of it is sent.
        if mail.size > self.options.max_size {
            let reply = reply::too_big();
            self.mailroom
                .refused(&self.peer, &mail.from, None, &reply)
                .await;
            return Ok(reply);
        }
        self.state = State::Mail(Sender {
            path: mail.from,
            body_8bit: mail.body_8bit,
        });
        Ok(reply::sender_ok())
    }

    async fn rcpt(&mut self, to: Mailbox) -> Reply {
        let Some(Sender { path, .. }) = self.state.sender().cloned() else {
            return reply::bad_sequence("MAIL first");
        };
        if self.state.recipients().contains(&to) {
            return reply::recipient_ok();
        }
        if self.state.recipients().len() >= self.options.max_recipients {
            return reply::too_many_recipients();
        }
        match self.mailroom.recipient(&self.peer, &path, &to).await {
            Ok(()) => {
                self.tally.recipient();
                self.state.add(to);
                reply::recipient_ok()
            }
            Err(refusal) => {
                self.tally.refused_recipient();
                self.mailroom
                    .refused(&self.peer, &path, Some(&to), &refusal)
                    .await;
                refusal
            }
        }
    }
}
