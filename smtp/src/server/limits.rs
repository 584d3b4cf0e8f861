//! What one peer may use up: connections at a time, and errors, idle commands
//! and mails within a session. Trusted peers are counted but never limited,
//! except by what the whole server can hold.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::network::counted_as;
use super::{ErrorLimits, Options};
use crate::{Reply, reply};

/// Connections open right now.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// One counted connection; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Admission {
    connections: Arc<Connections>,
    peer: IpAddr,
}

/// Places kept for trusted peers, so that a flood does not shut the relay out.
const RESERVED: usize = 20;

impl Connections {
    pub(super) fn admit(
        self: &Arc<Self>,
        addr: IpAddr,
        trusted: bool,
        options: &Options,
    ) -> Option<Admission> {
        let peer = counted_as(addr);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = options.max_connections;
        let of_peer = open.by_peer.get(&peer).copied().unwrap_or(0);
        let admitted = match trusted {
            true => open.all < most,
            false => open.all < most - RESERVED.min(most / 2) && of_peer < options.per_peer,
        };
        if !admitted {
            return None;
        }
        open.all += 1;
        open.by_peer.insert(peer, of_peer + 1);
        Some(Admission {
            connections: self.clone(),
            peer,
        })
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut open = self
            .connections
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        match open.by_peer.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                open.by_peer.remove(&self.peer);
            }
        }
    }
}

/// What one session has done so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    errors: u32,
    refused_recipients: u32,
    idle_commands: u32,
    messages: usize,
}

impl Tally {
    /// Notes the reply to a command; says how long it is held back, or why the
    /// connection ends.
    pub(super) fn note(&mut self, reply: &Reply, limits: &ErrorLimits) -> Result<Duration, Reply> {
        self.idle_commands += 1;
        if reply.is_permanent() {
            self.errors += 1;
        }
        if self.errors >= limits.close_after {
            return Err(reply::too_many_errors());
        }
        if self.idle_commands >= limits.idle_commands {
            return Err(reply::too_many_commands());
        }
        let slow =
            self.errors > limits.slow_after || self.refused_recipients > limits.refused_recipients;
        match reply.is_permanent() && slow {
            true => Ok(limits.delay),
            false => Ok(Duration::ZERO),
        }
    }

    pub(super) fn refused_recipient(&mut self) {
        self.refused_recipients += 1;
    }

    /// A mail came to its end: the commands before it were not idle.
    pub(super) fn message(&mut self) {
        self.messages += 1;
        self.idle_commands = 0;
    }

    /// An accepted recipient is work, however many a transaction has.
    pub(super) fn recipient(&mut self) {
        self.idle_commands = self.idle_commands.saturating_sub(1);
    }

    pub(super) fn messages(&self) -> usize {
        self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn a_peer_gets_its_share_and_gets_it_back() {
        let options = Options {
            per_peer: 2,
            ..Options::default()
        };
        let connections = Arc::new(Connections::default());
        let first = connections.admit(addr(1), false, &options);
        let second = connections.admit(addr(1), false, &options);
        assert!(first.is_some() && second.is_some());
        assert!(connections.admit(addr(1), false, &options).is_none());
        assert!(connections.admit(addr(2), false, &options).is_some());
        assert!(connections.admit(addr(1), true, &options).is_some());
        drop(first);
        assert!(connections.admit(addr(1), false, &options).is_some());
    }

    #[test]
    fn a_flood_leaves_room_for_trusted_peers() {
        let options = Options {
            max_connections: 40,
            per_peer: 100,
            ..Options::default()
        };
        let connections = Arc::new(Connections::default());
        let flood: Vec<_> = (0..40)
            .filter_map(|_| connections.admit(addr(1), false, &options))
            .collect();
        assert_eq!(flood.len(), 20);
        let trusted: Vec<_> = (0..40)
            .filter_map(|_| connections.admit(addr(2), true, &options))
            .collect();
        assert_eq!(trusted.len(), 20);
        drop((flood, trusted));
        let open = connections.0.lock().expect("not poisoned");
        assert_eq!((open.all, open.by_peer.len()), (0, 0));
    }

    #[test]
    fn errors_slow_down_and_then_close() {
        let (mut tally, limits) = (Tally::default(), ErrorLimits::default());
        let error = reply::unknown_command();
        for _ in 0..10 {
            assert_eq!(tally.note(&error, &limits), Ok(Duration::ZERO));
        }
        for _ in 10..19 {
            assert_eq!(tally.note(&error, &limits), Ok(limits.delay));
        }
        assert_eq!(tally.note(&error, &limits), Err(reply::too_many_errors()));
    }

    #[test]
    fn what_goes_well_is_never_slow() {
        let (mut tally, limits) = (Tally::default(), ErrorLimits::default());
        for _ in 0..12 {
            let _ = tally.note(&reply::unknown_command(), &limits);
        }
        assert_eq!(tally.note(&reply::ok(), &limits), Ok(Duration::ZERO));
    }

    #[test]
    fn guessing_recipients_is_slow_early() {
        let (mut tally, limits) = (Tally::default(), ErrorLimits::default());
        for at in 0..6 {
            tally.refused_recipient();
            let delay = tally
                .note(&reply::mailbox_unknown(), &limits)
                .expect("not closed");
            assert_eq!(delay > Duration::ZERO, at == 5, "{at}");
        }
    }

    #[test]
    fn a_mail_makes_up_for_its_commands() {
        let (mut tally, limits) = (Tally::default(), ErrorLimits::default());
        for _ in 0..3 {
            for _ in 0..90 {
                assert!(tally.note(&reply::ok(), &limits).is_ok());
            }
            tally.message();
        }
        for _ in 0..99 {
            assert!(tally.note(&reply::ok(), &limits).is_ok());
        }
        assert_eq!(
            tally.note(&reply::ok(), &limits),
            Err(reply::too_many_commands())
        );
    }
}
