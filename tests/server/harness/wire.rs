//! A client that speaks SMTP as plainly as a telnet does.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Mail;

pub struct Client {
    stream: BufReader<TcpStream>,
}

/// No answer of a test's server takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// Connects and reads the greeting.
    pub async fn connect(to: SocketAddr) -> Client {
        let mut client = Client::dial(to).await.expect("the server listens");
        let greeting = client.reply().await.expect("a greeting");
        assert!(greeting.starts_with("220 "), "{greeting}");
        client
    }

    /// The same connection after EHLO.
    pub async fn greeted(mut self) -> Client {
        self.command("EHLO client.example").await;
        self
    }

    pub async fn dial(to: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream: BufReader::with_capacity(1024, stream),
        })
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes).await
    }

    /// One line without its end; `None` when the server has closed the connection.
    pub async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.stream.read_line(&mut line)).await;
        let read = read.map_err(|_| io::Error::other("the server says nothing"))??;
        Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// A whole reply, its lines separated by `\n`.
    pub async fn reply(&mut self) -> io::Result<String> {
        let mut reply = String::new();
        loop {
            let line = self.line().await?;
            let line = line.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(reply);
            }
            reply.push('\n');
        }
    }

    pub async fn command(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes())
            .await
            .expect("the server reads");
        self.reply().await.expect("the server answers")
    }

    /// Sends one mail, the envelope in one packet as a pipelining client does. The reply to the
    /// first command that is refused, or to the mail itself.
    pub async fn mail(&mut self, mail: &Mail) -> io::Result<String> {
        let mut envelope = format!("MAIL FROM:<{}> BODY=8BITMIME\r\n", mail.from);
        for to in &mail.to {
            envelope.push_str(&format!("RCPT TO:<{to}>\r\n"));
        }
        envelope.push_str("DATA\r\n");
        self.send(envelope.as_bytes()).await?;
        let mut refusal = None;
        for _ in 0..mail.to.len() + 2 {
            let reply = self.reply().await?;
            if !reply.starts_with(['2', '3']) {
                refusal.get_or_insert(reply);
            }
        }
        match refusal {
            Some(refusal) => Ok(refusal),
            None => {
                self.send(&mail.wire()).await?;
                self.reply().await
            }
        }
    }

    /// The number of the ticket that a mail became.
    pub async fn ticket(&mut self, mail: &Mail) -> String {
        let reply = self.mail(mail).await.expect("the server answers");
        let number = reply.strip_prefix("250 2.0.0 ticket ");
        number.unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    /// Whatever comes until the server closes the connection.
    pub async fn rest(&mut self) -> io::Result<String> {
        let mut rest = Vec::new();
        let read = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await;
        read.map_err(|_| io::Error::other("the server does not close"))??;
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }
}
