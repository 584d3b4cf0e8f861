use super::super::*;
use super::script::Step::*;
use super::script::*;

fn password() -> Option<Credentials> {
    Some(Credentials::Password {
        user: "ann".into(),
        password: "s3cret".into(),
    })
}

async fn open(steps: Vec<Step>, credentials: Option<Credentials>) -> (Option<Failure>, String) {
    let script = Script::start(vec![steps]).await;
    let failure = Connection::open(&Route {
        credentials,
        ..script.route()
    })
    .await
    .err();
    (failure, script.heard().await)
}

#[tokio::test]
async fn plain_is_preferred() {
    let steps = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 AUTH LOGIN PLAIN\r\n"),
        Hear("AUTH"),
        Say("235 in\r\n"),
    ];
    let (failure, heard) = open(steps, password()).await;
    assert_eq!(failure, None);
    assert!(
        heard.ends_with("AUTH PLAIN AGFubgBzM2NyZXQ=\r\n"),
        "{heard}"
    );
}

#[tokio::test]
async fn login_answers_two_questions() {
    let steps = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 AUTH=LOGIN\r\n"),
        Hear("AUTH LOGIN"),
        Say("334 VXNlcm5hbWU6\r\n"),
        Hear("YW5u"),
        Say("334 UGFzc3dvcmQ6\r\n"),
        Hear("czNjcmV0"),
        Say("235 in\r\n"),
    ];
    assert_eq!(open(steps, password()).await.0, None);
}

#[tokio::test]
async fn a_token_goes_by_xoauth2() {
    let token = Some(Credentials::OAuth {
        user: "ann".into(),
        token: "token-1".into(),
    });
    let ehlo = "250-x\r\n250 AUTH PLAIN XOAUTH2\r\n";
    let steps = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say(ehlo),
        Hear("AUTH"),
        Say("235 in\r\n"),
    ];
    let (failure, heard) = open(steps, token.clone()).await;
    assert_eq!(failure, None);
    assert!(
        heard.ends_with("AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgdG9rZW4tMQEB\r\n"),
        "{heard}"
    );
    let steps = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say(ehlo),
        Hear("AUTH"),
        Say("334 e30=\r\n"),
        Hear("\r\n"),
        Say("535 5.7.8 stale\r\n"),
    ];
    assert_eq!(
        open(steps, token).await.0,
        Some(Failure::Auth("535 stale".into()))
    );
}

#[tokio::test]
async fn a_wrong_password_is_a_failure_that_can_be_mended() {
    let steps = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 AUTH PLAIN\r\n"),
        Hear("AUTH"),
        Say("535 5.7.8 no\r\n"),
    ];
    let failure = open(steps, password()).await.0.expect("a failure");
    assert!(
        matches!(failure, Failure::Auth(_)) && !failure.is_permanent(),
        "{failure}"
    );
}

#[tokio::test]
async fn without_a_method_in_common_nothing_is_sent() {
    let steps = vec![
        Say("220 x\r\n"),
        Hear("EHLO"),
        Say("250-x\r\n250 AUTH GSSAPI\r\n"),
    ];
    let (failure, heard) = open(steps, password()).await;
    assert!(matches!(failure, Some(Failure::Auth(_))));
    assert_eq!(heard, "EHLO client.example\r\n");
}

#[tokio::test]
async fn credentials_do_not_leave_the_machine_in_the_clear() {
    // An address of this machine that is not a loopback one, if it has any.
    let Some(ip) = own_address() else { return };
    let listener = tokio::net::TcpListener::bind((ip, 0))
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut raw = crate::testing::Raw::new(stream);
        raw.says("220 x\r\n").await;
        assert_eq!(raw.line().await, "EHLO client.example");
        raw.says("250-x\r\n250 AUTH PLAIN\r\n").await;
        raw.rest().await
    });
    let mut route = Route::new(ip.to_string(), port, "client.example");
    (route.security, route.credentials) = (Security::Plain, password());
    assert!(matches!(
        Connection::open(&route).await.err(),
        Some(Failure::Auth(_))
    ));
    assert_eq!(server.await.expect("the dialogue"), "");
}

/// The address a packet to the outside would leave from; nothing is sent.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}
