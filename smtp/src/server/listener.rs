//! Accepts connections, starts a session for each, and winds all of them up
//! when the server stops.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::limits::Connections;
use super::session::{Session, stopped};
use super::{Mailroom, Options, Peer, spool};
use crate::reply;
use crate::wire::Wire;

/// May run on several listeners at once; limits hold for all together.
pub struct Server<M> {
    options: Arc<Options>,
    mailroom: Arc<M>,
    connections: Arc<Connections>,
}

impl<M: Mailroom> Server<M> {
    pub fn new(options: Options, mailroom: Arc<M>) -> Self {
        Self {
            options: Arc::new(options),
            mailroom,
            connections: Arc::default(),
        }
    }

    /// Serves until `stop` says true; comes back when every session has ended.
    /// The idle hear 421 at once, mails in hand may finish within
    /// `Timeouts::shutdown`.
    pub async fn run(&self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        self.sweep().await;
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(ended) = sessions.join_next() => note_panic(ended),
                accepted = listener.accept() => match accepted {
                    Ok((stream, addr)) => self.welcome(stream, addr, &stop, &mut sessions),
                    Err(error) => wait_out(error).await,
                },
            }
        }
        drop(listener);
        self.wind_up(sessions).await;
    }

    async fn sweep(&self) {
        let dir = self.options.spool_dir.clone();
        let _ = tokio::task::spawn_blocking(move || spool::sweep(&dir)).await;
    }

    fn welcome(
        &self,
        stream: TcpStream,
        addr: SocketAddr,
        stop: &watch::Receiver<bool>,
        sessions: &mut JoinSet<()>,
    ) {
        let trusted = self
            .options
            .trusted
            .iter()
            .any(|network| network.contains(addr.ip()));
        let Some(admission) = self.connections.admit(addr.ip(), trusted, &self.options) else {
            tracing::info!(peer = %addr, "A connection above the limit was turned away");
            return turn_away(stream);
        };
        // Replies are small and awaited.
        let _ = stream.set_nodelay(true);
        let peer = Peer {
            addr,
            helo: String::new(),
            esmtp: false,
            tls: None,
            trusted,
        };
        let (options, mailroom) = (self.options.clone(), self.mailroom.clone());
        let session = Session::new(
            Wire::new(Box::new(stream)),
            peer,
            options,
            mailroom,
            stop.clone(),
        );
        sessions.spawn(async move {
            session.run().await;
            drop(admission);
        });
    }

    async fn wind_up(&self, mut sessions: JoinSet<()>) {
        let all = async {
            while let Some(ended) = sessions.join_next().await {
                note_panic(ended);
            }
        };
        if tokio::time::timeout(self.options.timeouts.shutdown, all)
            .await
            .is_err()
        {
            tracing::warn!(
                left = sessions.len(),
                "SMTP sessions were cut off at the end"
            );
            sessions.shutdown().await;
        }
    }
}

/// Says why, if the socket takes it without waiting: a flood is not waited for.
fn turn_away(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write_all(reply::too_many_connections().to_string().as_bytes());
    }
}

/// Out of file descriptors, mostly: it passes when other connections end.
async fn wait_out(error: std::io::Error) {
    tracing::error!(%error, "A connection cannot be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "An SMTP session panicked; its client will try again");
    }
}
