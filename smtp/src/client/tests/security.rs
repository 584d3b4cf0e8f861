use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::*;
use super::delivery::send;
use super::script::Step::*;
use super::script::*;
use crate::server::Options;
use crate::testing::{self, Raw, Running};
use crate::tls::{self_signed, server_tls_from_pem};

/// Our own server with TLS, and the roots that believe it.
async fn with_tls() -> (Running, Arc<RootCertStore>) {
    let (cert, key) = self_signed("mx.example").expect("a certificate");
    let tls = server_tls_from_pem(cert.as_bytes(), key.as_bytes()).expect("usable");
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(cert.as_bytes()).expect("a certificate"))
        .expect("a root");
    let options = Options {
        tls: Some(tls),
        ..testing::trusting(testing::options())
    };
    (testing::start(options).await, Arc::new(roots))
}

fn route(server: &Running, security: Security, verify: Verify) -> Route {
    let addresses = vec![server.addr.ip()];
    Route {
        addresses,
        security,
        verify,
        ..Route::new("mx.example", server.addr.port(), "client.example")
    }
}

async fn arrives_with_tls(server: &Running, route: &Route) -> bool {
    send(route, &["ann@desk.example"], b"x\r\n")
        .await
        .expect("sent");
    let mails = server.room.mails.lock().expect("not poisoned");
    mails.last().expect("a mail").envelope.peer.tls.is_some()
}

#[tokio::test]
async fn starttls_is_used_and_verified() {
    let (server, roots) = with_tls().await;
    assert!(
        arrives_with_tls(
            &server,
            &route(&server, Security::StartTls, Verify::Roots(roots.clone()))
        )
        .await
    );
    let stranger = route(
        &server,
        Security::StartTls,
        Verify::Roots(Arc::new(RootCertStore::empty())),
    );
    assert!(matches!(
        send(&stranger, &["ann@desk.example"], b"x\r\n").await,
        Err(Failure::Tls(_))
    ));
    let misnamed = Route {
        host: "other.example".into(),
        ..route(&server, Security::StartTls, Verify::Roots(roots))
    };
    assert!(matches!(
        send(&misnamed, &["ann@desk.example"], b"x\r\n").await,
        Err(Failure::Tls(_))
    ));
    assert_eq!(server.room.count(), 1);
}

#[tokio::test]
async fn opportunistic_takes_any_certificate_and_plain_none() {
    let (server, _) = with_tls().await;
    assert!(
        arrives_with_tls(
            &server,
            &route(&server, Security::Opportunistic, Verify::System)
        )
        .await
    );
    assert!(!arrives_with_tls(&server, &route(&server, Security::Plain, Verify::System)).await);
    assert!(arrives_with_tls(&server, &route(&server, Security::StartTls, Verify::None)).await);
}

#[tokio::test]
async fn opportunistic_does_without_and_required_does_not() {
    let server = testing::start(testing::trusting(testing::options())).await;
    assert!(
        !arrives_with_tls(
            &server,
            &route(&server, Security::Opportunistic, Verify::System)
        )
        .await
    );
    let required = route(&server, Security::StartTls, Verify::None);
    assert!(matches!(
        send(&required, &["ann@desk.example"], b"x\r\n").await,
        Err(Failure::Tls(_))
    ));
}

#[tokio::test]
async fn opportunistic_connects_again_in_the_clear_when_the_handshake_fails() {
    let delivery = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 STARTTLS\r\n"),
        Hear("MAIL"),
        Say("250 ok\r\n"),
        Hear("RCPT"),
        Say("250 ok\r\n"),
        Hear("DATA"),
        Say("354 go\r\n"),
        HearMail,
        Say("250 taken\r\n"),
    ];
    let broken = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 STARTTLS\r\n"),
        Hear("STARTTLS"),
        Say("220 go\r\n"),
        Close,
    ];
    let script = Script::start(vec![broken, delivery]).await;
    let route = Route {
        security: Security::Opportunistic,
        ..script.route()
    };
    assert_eq!(
        send(&route, &["a@x.example"], b"x\r\n")
            .await
            .map(|o| o.len()),
        Ok(1)
    );
}

#[tokio::test]
async fn a_refused_starttls_goes_on_in_the_clear_only_when_it_may() {
    let part = || {
        vec![
            Say("220 x\r\n"),
            Hear("EHLO"),
            Say("250-x\r\n250 STARTTLS\r\n"),
            Hear("STARTTLS"),
            Say("454 later\r\n"),
        ]
    };
    let script = Script::start(vec![part(), part()]).await;
    let may = Route {
        security: Security::Opportunistic,
        ..script.route()
    };
    assert!(
        Connection::open(&may)
            .await
            .is_ok_and(|connection| !connection.is_secured())
    );
    let must = Route {
        security: Security::StartTls,
        ..script.route()
    };
    assert!(matches!(
        Connection::open(&must).await.err(),
        Some(Failure::Tls(_))
    ));
}

#[tokio::test]
async fn bytes_behind_the_reply_to_starttls_are_fatal() {
    for security in [Security::StartTls, Security::Opportunistic] {
        let script = Script::start(vec![vec![
            Say("220 x\r\n"),
            Hear("EHLO"),
            Say("250-x\r\n250 STARTTLS\r\n"),
            Hear("STARTTLS"),
            Say("220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n"),
        ]])
        .await;
        let failure = Connection::open(&Route {
            security,
            ..script.route()
        })
        .await
        .err();
        assert!(
            matches!(
                failure,
                Some(Failure::Protocol {
                    stage: Stage::StartTls,
                    ..
                })
            ),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn implicit_tls_comes_before_the_greeting() {
    let (cert, key) = self_signed("mx.example").expect("a certificate");
    let tls = server_tls_from_pem(cert.as_bytes(), key.as_bytes()).expect("usable");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut raw = Raw::new(
            TlsAcceptor::from(tls)
                .accept(stream)
                .await
                .expect("a handshake"),
        );
        raw.says("220 x\r\n").await;
        assert_eq!(raw.line().await, "EHLO client.example");
        raw.says("250 x\r\n").await;
        assert_eq!(raw.line().await, "QUIT");
    });
    let addresses = vec!["127.0.0.1".parse().expect("an address")];
    let mut route = Route {
        addresses,
        ..Route::new("mx.example", port, "client.example")
    };
    (route.security, route.verify) = (Security::Implicit, Verify::None);
    let connection = Connection::open(&route).await.expect("open");
    assert!(connection.is_secured());
    connection.quit().await;
    server.await.expect("the dialogue");
}
