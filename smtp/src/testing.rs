//! What tests of both ends share: a mailroom that keeps what it gets, a server
//! on a port of its own, and a client that speaks raw bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::server::{Content, Envelope, Mailroom, Message, Options, Peer, Server, Timeouts};
use crate::{Mailbox, Reply, ReversePath, reply};

/// Knows everybody at desk.example whose name does not start with "no".
#[derive(Default)]
pub(crate) struct Room {
    pub(crate) mails: Mutex<Vec<Mail>>,
    /// Sender, recipient and code of what was refused.
    pub(crate) refusals: Mutex<Vec<(String, Option<String>, u16)>>,
    /// How long `deliver` takes.
    pub(crate) slowness: Duration,
}

#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) envelope: Envelope,
    pub(crate) bytes: Vec<u8>,
    pub(crate) sha256: [u8; 32],
    pub(crate) in_memory: bool,
}

impl Room {
    pub(crate) fn count(&self) -> usize {
        self.mails.lock().expect("not poisoned").len()
    }

    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.mails
            .lock()
            .expect("not poisoned")
            .iter()
            .map(|mail| mail.bytes.clone())
            .collect()
    }

    pub(crate) fn refused_codes(&self) -> Vec<u16> {
        self.refusals
            .lock()
            .expect("not poisoned")
            .iter()
            .map(|(_, _, code)| *code)
            .collect()
    }
}

impl Mailroom for Room {
    async fn recipient(&self, _: &Peer, _: &ReversePath, to: &Mailbox) -> Result<(), Reply> {
        match to.domain() {
            "desk.example" if to.local().starts_with("busy") => Err(reply::try_again_later()),
            "desk.example" if !to.local().starts_with("no") => Ok(()),
            "desk.example" => Err(reply::mailbox_unknown()),
            _ => Err(reply::relaying_denied()),
        }
    }

    async fn deliver(&self, envelope: Envelope, message: Message) -> Reply {
        tokio::time::sleep(self.slowness).await;
        let in_memory = matches!(message.content, Content::Memory(_));
        let (bytes, sha256) = (message.content.read().expect("readable"), message.sha256);
        assert_eq!(bytes.len() as u64, message.size);
        let mut mails = self.mails.lock().expect("not poisoned");
        mails.push(Mail {
            envelope,
            bytes,
            sha256,
            in_memory,
        });
        reply::accepted(format!("Mail {} is kept", mails.len()))
    }

    async fn refused(&self, _: &Peer, from: &ReversePath, to: Option<&Mailbox>, reply: &Reply) {
        let row = (from.to_string(), to.map(Mailbox::to_string), reply.code);
        self.refusals.lock().expect("not poisoned").push(row);
    }
}

pub(crate) fn options() -> Options {
    let timeouts = Timeouts {
        greeting_pause: Duration::ZERO,
        ..Timeouts::default()
    };
    Options {
        hostname: "mx.example".into(),
        timeouts,
        ..Options::default()
    }
}

pub(crate) fn trusting(options: Options) -> Options {
    Options {
        trusted: vec!["127.0.0.0/8".parse().expect("a network")],
        ..options
    }
}

pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) room: Arc<Room>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) async fn start(options: Options) -> Running {
    start_with(options, Room::default()).await
}

pub(crate) async fn start_with(options: Options, room: Room) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    let (room, (stop, stopped)) = (Arc::new(room), watch::channel(false));
    let server = Server::new(options, room.clone());
    let task = tokio::spawn(async move { server.run(listener, stopped).await });
    Running {
        addr,
        room,
        stop,
        task,
    }
}

impl Running {
    /// A connection that has heard the greeting.
    pub(crate) async fn connect(&self) -> Raw<TcpStream> {
        let stream = TcpStream::connect(self.addr).await.expect("a listener");
        let mut raw = Raw::new(stream);
        raw.hears("220 ").await;
        raw
    }

    /// A connection that has said EHLO.
    pub(crate) async fn greeted(&self) -> Raw<TcpStream> {
        let mut raw = self.connect().await;
        raw.says("EHLO client.example\r\n").await;
        raw.hears("250 ").await;
        raw
    }

    /// A connection that may send content.
    pub(crate) async fn in_data(&self) -> Raw<TcpStream> {
        let mut raw = self.greeted().await;
        raw.exchange("MAIL FROM:<bob@client.example>\r\n", "250 ")
            .await;
        raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 ").await;
        raw.exchange("DATA\r\n", "354 ").await;
        raw
    }
}

/// Speaks bytes and hears lines.
pub(crate) struct Raw<S> {
    pub(crate) stream: S,
    pub(crate) heard: Vec<u8>,
}

const PATIENCE: Duration = Duration::from_secs(10);

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            heard: Vec::new(),
        }
    }

    pub(crate) async fn says(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream
            .write_all(bytes.as_ref())
            .await
            .expect("the peer listens");
        self.stream.flush().await.expect("the peer listens");
    }

    /// The next line, without its CRLF; empty at the end of the stream.
    pub(crate) async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.heard.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                return String::from_utf8_lossy(&line).trim_end().to_owned();
            }
            let mut chunk = [0; 4096];
            match timeout(PATIENCE, self.stream.read(&mut chunk))
                .await
                .expect("an answer in time")
            {
                Ok(0) | Err(_) => return String::new(),
                Ok(count) => self.heard.extend_from_slice(&chunk[..count]),
            }
        }
    }

    /// The last line of a reply, which must start so.
    pub(crate) async fn hears(&mut self, start: &str) -> String {
        loop {
            let line = self.line().await;
            if line.as_bytes().get(3) == Some(&b'-') {
                continue;
            }
            assert!(
                line.starts_with(start),
                "heard {line:?} instead of {start:?}"
            );
            return line;
        }
    }

    pub(crate) async fn exchange(&mut self, says: &str, hears: &str) -> String {
        self.says(says).await;
        self.hears(hears).await
    }

    /// Nothing more is said and the connection ends.
    pub(crate) async fn ends(&mut self) {
        assert_eq!(self.line().await, "");
    }

    /// Everything until the end of the stream.
    pub(crate) async fn rest(&mut self) -> String {
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut self.heard))
            .await
            .expect("an end in time");
        String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned()
    }
}
