//! A mail server that takes anything, forgets the content and keeps count of it: the other side
//! for mails that are too large to keep.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use smtp::server::{Envelope, Mailroom, Message, Options, Peer, Server};
use smtp::{Mailbox, Reply, ReversePath, reply};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub struct Sink {
    pub address: SocketAddr,
    taken: Arc<Taken>,
    _stop: watch::Sender<bool>,
    _spool: TempDir,
}

#[derive(Default)]
struct Taken(Mutex<Vec<Message>>);

impl Sink {
    pub async fn start() -> Sink {
        let spool = tempfile::tempdir().expect("a directory");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let options = Options {
            hostname: "relay.example".into(),
            max_size: 200 << 20,
            trusted: vec!["127.0.0.0/8".parse().expect("a network")],
            spool_dir: spool.path().to_owned(),
            ..Options::default()
        };
        let taken = Arc::new(Taken::default());
        let server = Server::new(options, taken.clone());
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move { server.run(listener, stopped).await });
        Sink {
            address,
            taken,
            _stop: stop,
            _spool: spool,
        }
    }

    /// The mails that came, each with its bytes.
    pub fn take(&self) -> Vec<Vec<u8>> {
        let mut taken = self.taken.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |message: Message| message.content.read().expect("the spool is readable");
        taken.drain(..).map(read).collect()
    }
}

impl Mailroom for Taken {
    async fn recipient(&self, _: &Peer, _: &ReversePath, _: &Mailbox) -> Result<(), Reply> {
        Ok(())
    }

    async fn deliver(&self, _: Envelope, message: Message) -> Reply {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
        reply::accepted("taken")
    }

    async fn refused(&self, _: &Peer, _: &ReversePath, _: Option<&Mailbox>, _: &Reply) {}
}
