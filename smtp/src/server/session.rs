//! One connection from greeting to goodbye: lines in, replies out, time kept.
//! What a command does stands in `answer`, DATA in `receive`, TLS in `start_tls`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::command::{self, Command};
use super::input::{self, Line};
use super::limits::Tally;
use super::state::State;
use super::{Mailroom, Options, Peer};
use crate::wire::Wire;
use crate::{Reply, reply};

pub(super) struct Session<M> {
    pub(super) wire: Wire,
    pub(super) options: Arc<Options>,
    pub(super) mailroom: Arc<M>,
    pub(super) peer: Peer,
    pub(super) state: State,
    pub(super) tally: Tally,
    pub(super) id: String,
    /// Replies that wait for the end of a group of pipelined commands.
    out: String,
    stop: watch::Receiver<bool>,
    /// When the session of an untrusted peer ends at the latest.
    end: Option<Instant>,
}

/// Why a session ends.
#[derive(Debug)]
pub(super) enum Close {
    /// With these last words.
    Said(Reply),
    /// The peer is not there any more.
    Gone,
}

/// Whether a command is answered, or has been answered by what it did.
pub(super) type Answer = Result<Option<Reply>, Close>;

/// Replies are sent at the latest when so many bytes wait.
const GROUP: usize = 4096;

impl<M: Mailroom> Session<M> {
    pub(super) fn new(
        wire: Wire,
        peer: Peer,
        options: Arc<Options>,
        mailroom: Arc<M>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let end = (!peer.trusted).then(|| Instant::now() + options.timeouts.session);
        let (state, tally, out, id) = (State::default(), Tally::default(), String::new(), new_id());
        Self {
            wire,
            options,
            mailroom,
            peer,
            state,
            tally,
            id,
            out,
            stop,
            end,
        }
    }

    pub(super) async fn run(mut self) {
        let close = match self.greet().await {
            Ok(()) => self.converse().await,
            Err(close) => close,
        };
        if let Close::Said(last) = close {
            tracing::debug!(session = self.id, peer = %self.peer.addr, code = last.code, "SMTP session ends: {}", last.text);
            self.out.push_str(&last.to_string());
            if self.flush().await.is_ok() {
                self.linger().await;
            }
        }
    }

    async fn greet(&mut self) -> Result<(), Close> {
        let pause = match self.peer.trusted {
            true => Duration::ZERO,
            false => self.options.timeouts.greeting_pause,
        };
        // RFC 5321 3.1 and 4.3.1: a client waits for the greeting; one that
        // does not is no mail server.
        match tokio::time::timeout(pause, self.wire.fill()).await {
            Err(_) => {}
            Ok(Ok(0)) | Ok(Err(_)) => return Err(Close::Gone),
            Ok(Ok(_)) => return Err(Close::Said(reply::early_talker())),
        }
        self.say(&reply::greeting(&self.options.hostname));
        self.flush().await
    }

    async fn converse(&mut self) -> Close {
        let mut wait = self.options.timeouts.first_command;
        loop {
            if let Err(close) = self.exchange(wait).await {
                return close;
            }
            wait = self.options.timeouts.command;
        }
    }

    /// One command and its reply.
    async fn exchange(&mut self, wait: Duration) -> Result<(), Close> {
        let command = match self.read_line(wait).await? {
            Line::Command(line) => self.parse(&line)?,
            Line::TooLong => Err(reply::line_too_long()),
            // What comes after a line end that others may read differently is
            // not to be believed.
            Line::BareLineEnd => return Err(Close::Said(reply::bare_line_end())),
            Line::EndOfStream => return Err(Close::Gone),
        };
        let answer = match command {
            Ok(command) => self.answer(command).await?,
            Err(refusal) => Some(refusal),
        };
        match answer {
            Some(reply) => self.respond(reply).await,
            None => Ok(()),
        }
    }

    fn parse(&self, line: &[u8]) -> Result<Result<Command, Reply>, Close> {
        if matches!(self.state, State::Connected) && command::is_http(line) {
            return Err(Close::Said(reply::not_smtp()));
        }
        Ok(command::parse(line, &self.options.hostname))
    }

    async fn read_line(&mut self, wait: Duration) -> Result<Line, Close> {
        let deadline = self.no_later_than(Instant::now() + wait);
        let (stop, wire) = (&mut self.stop, &mut self.wire);
        tokio::select! {
            biased;
            () = stopped(stop) => Err(Close::Said(reply::closing())),
            line = timeout_at(deadline, input::line(wire)) => match line {
                Ok(Ok(line)) => Ok(line),
                Ok(Err(_)) => Err(Close::Gone),
                Err(_) => Err(Close::Said(self.overdue())),
            },
        }
    }

    async fn respond(&mut self, reply: Reply) -> Result<(), Close> {
        if !self.peer.trusted {
            match self.tally.note(&reply, &self.options.errors) {
                Ok(Duration::ZERO) => {}
                Ok(delay) => tokio::time::sleep(delay).await,
                Err(last) => {
                    self.say(&reply);
                    return Err(Close::Said(last));
                }
            }
        }
        self.say(&reply);
        // RFC 2920 3.2: replies to a group of commands may go out together, and
        // must go out before we wait.
        let more_to_do = self.wire.buffered().contains(&b'\n');
        match more_to_do && self.out.len() < GROUP {
            true => Ok(()),
            false => self.flush().await,
        }
    }

    pub(super) fn say(&mut self, reply: &Reply) {
        self.out.push_str(&reply.to_string());
    }

    pub(super) async fn flush(&mut self) -> Result<(), Close> {
        let out = std::mem::take(&mut self.out);
        let write = async {
            self.wire.write(out.as_bytes()).await?;
            self.wire.flush().await
        };
        match tokio::time::timeout(self.options.timeouts.write, write).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Close::Gone),
        }
    }

    /// Reads on for a moment after the last words: closing a socket that holds
    /// unread input resets it, and the peer would never see them.
    async fn linger(&mut self) {
        const MOMENT: Duration = Duration::from_secs(1);
        let discard = async {
            self.wire.shutdown().await?;
            while self.wire.fill().await? > 0 {
                self.wire.consume(usize::MAX);
            }
            Ok::<_, std::io::Error>(())
        };
        let _ = tokio::time::timeout(MOMENT, discard).await;
    }

    /// A deadline, or the end of the session if that comes first.
    pub(super) fn no_later_than(&self, deadline: Instant) -> Instant {
        self.end.map_or(deadline, |end| end.min(deadline))
    }

    pub(super) fn overdue(&self) -> Reply {
        match self.end {
            Some(end) if end <= Instant::now() => reply::session_too_long(),
            _ => reply::timeout(),
        }
    }
}

/// Comes back once the server is to stop; never, when nobody can say so.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

/// Short, and random enough to tell sessions in a log apart.
fn new_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!(
        "{:012x}",
        RandomState::new().hash_one(std::time::SystemTime::now()) >> 16
    )
}
