//! A server that says what it is told to, and keeps what it hears.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::super::{Route, Security};

/// One step of a script.
#[derive(Clone)]
pub(super) enum Step {
    Say(&'static str),
    /// Everything up to the end of a line that starts so.
    Hear(&'static str),
    /// Everything up to the final dot.
    HearMail,
    Close,
    /// Keeps the connection and says nothing.
    Hang,
}

pub(super) struct Script {
    pub(super) addr: SocketAddr,
    task: JoinHandle<String>,
}

impl Script {
    /// One connection after the other follows its part.
    pub(super) async fn start(parts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let mut heard = String::new();
            for part in parts {
                let (stream, _) = listener.accept().await.expect("a connection");
                follow(stream, part, &mut heard).await;
            }
            heard
        });
        Self { addr, task }
    }

    pub(super) fn route(&self) -> Route {
        Route {
            security: Security::Plain,
            ..Route::new("127.0.0.1", self.addr.port(), "client.example")
        }
    }

    /// All that was heard, once the script is over.
    pub(super) async fn heard(self) -> String {
        self.task.await.expect("a script that was followed")
    }
}

async fn follow(mut stream: TcpStream, part: Vec<Step>, heard: &mut String) {
    for step in part {
        let ended = match step {
            Step::Say(text) => stream.write_all(text.as_bytes()).await.is_err(),
            Step::Hear(start) => !hear(&mut stream, heard, |line| line.starts_with(start)).await,
            Step::HearMail => !hear(&mut stream, heard, |line| line == ".\r\n").await,
            Step::Close => return,
            Step::Hang => std::future::pending().await,
        };
        if ended {
            return;
        }
    }
    // Whatever is left, so that closing does not reset the connection.
    while hear(&mut stream, heard, |_| true).await {
        if heard.ends_with("QUIT\r\n") {
            let _ = stream.write_all(b"221 bye\r\n").await;
        }
    }
}

/// Reads line by line until one is right; false at the end of the stream.
async fn hear(stream: &mut TcpStream, heard: &mut String, is_it: impl Fn(&str) -> bool) -> bool {
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            match stream.read_u8().await {
                Ok(byte) => line.push(byte),
                Err(_) => return false,
            }
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        heard.push_str(&line);
        if is_it(&line) {
            return true;
        }
    }
}
