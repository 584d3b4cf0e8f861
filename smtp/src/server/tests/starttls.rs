use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::Options;
use crate::testing::*;
use crate::tls::{Verify, client_tls, self_signed, server_tls_from_pem};

async fn start_tls_server() -> Running {
    let (cert, key) = self_signed("mx.example").expect("a certificate");
    let tls = server_tls_from_pem(cert.as_bytes(), key.as_bytes()).expect("usable");
    start(Options {
        tls: Some(tls),
        ..options()
    })
    .await
}

async fn handshake(raw: Raw<TcpStream>) -> Raw<TlsStream<TcpStream>> {
    let connector = TlsConnector::from(client_tls(&Verify::None).expect("a configuration"));
    let name = ServerName::try_from("mx.example").expect("a name");
    Raw::new(
        connector
            .connect(name, raw.stream)
            .await
            .expect("a handshake"),
    )
}

#[tokio::test]
async fn a_mail_over_tls_carries_version_and_cipher() {
    let server = start_tls_server().await;
    let mut raw = server.greeted().await;
    raw.exchange("STARTTLS\r\n", "220 ").await;
    let mut raw = handshake(raw).await;
    raw.exchange("EHLO inside.example\r\n", "250 ").await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 ").await;
    raw.exchange("DATA\r\n", "354 ").await;
    raw.exchange("x\r\n.\r\n", "250 ").await;
    raw.exchange("QUIT\r\n", "221 ").await;
    let mails = server.room.mails.lock().expect("not poisoned");
    let peer = &mails[0].envelope.peer;
    let tls = peer.tls.as_ref().expect("TLS");
    assert_eq!(
        (tls.version.as_str(), peer.helo.as_str()),
        ("TLSv1.3", "inside.example")
    );
    assert!(tls.cipher.starts_with("TLS13_"), "{}", tls.cipher);
}

#[tokio::test]
async fn a_command_sent_along_with_starttls_is_never_run() {
    let server = start_tls_server().await;
    for injected in ["EHLO injected\r\n", "NOOP\r\n", "R", "\r\n"] {
        let mut raw = server.greeted().await;
        raw.exchange(&format!("STARTTLS\r\n{injected}"), "554 5.5.0")
            .await;
        raw.ends().await;
    }
}

#[tokio::test]
async fn plain_bytes_in_place_of_a_handshake_end_the_connection() {
    let server = start_tls_server().await;
    let mut raw = server.greeted().await;
    raw.exchange("STARTTLS\r\n", "220 ").await;
    raw.says("EHLO injected\r\nMAIL FROM:<a@b>\r\n").await;
    let said = raw.rest().await;
    assert!(!said.contains("250"), "{said}");
}

#[tokio::test]
async fn everything_said_before_tls_is_forgotten() {
    let server = start_tls_server().await;
    let mut raw = server.greeted().await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "250 ").await;
    raw.exchange("RCPT TO:<ann@desk.example>\r\n", "250 ").await;
    raw.exchange("STARTTLS\r\n", "220 ").await;
    let mut raw = handshake(raw).await;
    raw.exchange("DATA\r\n", "503 ").await;
    raw.exchange("MAIL FROM:<a@b>\r\n", "503 ").await;
}

#[tokio::test]
async fn starttls_is_offered_once() {
    let server = start_tls_server().await;
    let mut raw = server.connect().await;
    raw.says("EHLO x\r\n").await;
    assert_eq!(announced(&mut raw).await, 1);
    raw.exchange("STARTTLS\r\n", "220 ").await;
    let mut raw = handshake(raw).await;
    raw.says("EHLO x\r\n").await;
    assert_eq!(announced(&mut raw).await, 0);
    raw.exchange("STARTTLS\r\n", "503 ").await;
}

async fn announced<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    raw: &mut Raw<S>,
) -> usize {
    let mut count = 0;
    loop {
        let line = raw.line().await;
        count += usize::from(line.ends_with("STARTTLS"));
        if line.starts_with("250 ") {
            return count;
        }
    }
}

#[tokio::test]
async fn a_server_believes_nobody_without_a_root() {
    let server = start_tls_server().await;
    let mut raw = server.greeted().await;
    raw.exchange("STARTTLS\r\n", "220 ").await;
    let roots = Verify::Roots(Arc::new(rustls::RootCertStore::empty()));
    let connector = TlsConnector::from(client_tls(&roots).expect("a configuration"));
    let name = ServerName::try_from("mx.example").expect("a name");
    assert!(connector.connect(name, raw.stream).await.is_err());
}
