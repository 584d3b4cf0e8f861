use std::collections::HashSet;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, MX};
use hickory_resolver::proto::rr::{Name, Record, RecordType};
use tokio::net::UdpSocket;

use super::*;

fn records(list: &[(u16, &str)]) -> Vec<(u16, String)> {
    list.iter()
        .map(|(preference, host)| (*preference, (*host).to_owned()))
        .collect()
}

#[test]
fn lower_preferences_come_first_and_equals_change_places() {
    let list = records(&[(20, "c"), (10, "a"), (10, "b"), (30, "d")]);
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let order = preferred(list.clone(), &[]).expect("hosts");
        assert_eq!(order[2..], ["c", "d"]);
        seen.insert(order[0].clone());
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_root_alone_is_a_null_mx_and_among_others_is_ignored() {
    assert_eq!(preferred(records(&[(0, "")]), &[]), Err(MxError::NullMx));
    assert_eq!(
        preferred(records(&[(0, ""), (10, "a")]), &[]),
        Ok(vec!["a".into()])
    );
}

#[test]
fn nothing_that_is_no_better_than_ourselves_is_used() {
    let own = ["us.example".to_owned()];
    let list = records(&[(10, "a"), (20, "US.example"), (20, "b"), (30, "c")]);
    assert_eq!(preferred(list, &own), Ok(vec!["a".into()]));
    assert_eq!(
        preferred(records(&[(10, "us.example")]), &own),
        Err(MxError::OwnName)
    );
}

#[test]
fn at_most_ten_hosts_are_used() {
    let list: Vec<_> = (0..30).map(|at| (at, format!("h{at}"))).collect();
    assert_eq!(preferred(list, &[]).map(|hosts| hosts.len()), Ok(10));
}

#[test]
fn literals_are_addresses() {
    assert_eq!(literal("[192.0.2.1]"), Some([192, 0, 2, 1].into()));
    assert_eq!(literal("[ipv6:::1]"), "::1".parse().ok());
    for text in ["192.0.2.1", "[]", "[x]", "[IPv6:1]", "["] {
        assert_eq!(literal(text), None);
    }
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}

fn zone(query: &Name, kind: RecordType) -> (ResponseCode, Vec<Record>) {
    let record = |data| Record::from_rdata(query.clone(), 60, data);
    let mx = |preference, host| record(RData::MX(MX::new(preference, name(host))));
    let a = |last| record(RData::A(A::new(192, 0, 2, last)));
    let answers = match (query.to_ascii().as_str(), kind) {
        ("two.example.", RecordType::MX) => vec![mx(20, "b.example."), mx(10, "a.example.")],
        ("gap.example.", RecordType::MX) => vec![mx(10, "gone.example."), mx(20, "b.example.")],
        ("dead.example.", RecordType::MX) => vec![mx(10, "gone.example.")],
        ("null.example.", RecordType::MX) => vec![mx(0, ".")],
        ("alias.example.", RecordType::MX) => {
            let target = RData::CNAME(CNAME(name("two.example.")));
            let host = RData::MX(MX::new(5, name("a.example.")));
            vec![
                record(target),
                Record::from_rdata(name("two.example."), 60, host),
            ]
        }
        ("a.example.", RecordType::A) => vec![a(1), a(2)],
        ("a.example.", RecordType::AAAA) => vec![record(RData::AAAA(AAAA::new(
            0x2001, 0xdb8, 0, 0, 0, 0, 0, 1,
        )))],
        ("b.example.", RecordType::A) | ("plain.example.", RecordType::A) => vec![a(3)],
        ("broken.example.", _) => return (ResponseCode::ServFail, Vec::new()),
        ("gone.example.", _) | ("nowhere.example.", _) => {
            return (ResponseCode::NXDomain, Vec::new());
        }
        _ => Vec::new(),
    };
    (ResponseCode::NoError, answers)
}

/// A name server for the zone above, on a port of its own.
async fn resolver() -> Resolver {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let addr = socket.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet).await {
            let Ok(request) = Message::from_vec(&packet[..length]) else {
                continue;
            };
            let query = request.queries[0].clone();
            let (code, answers) = zone(query.name(), query.query_type());
            let mut response =
                Message::new(request.metadata.id, MessageType::Response, OpCode::Query);
            response.metadata.response_code = code;
            response.metadata.recursion_available = true;
            response.add_query(query);
            response.add_answers(answers);
            let bytes = response.to_vec().expect("encodable");
            socket.send_to(&bytes, from).await.expect("loopback");
        }
    });
    Resolver::with_server(addr).expect("a resolver")
}

async fn check(domain: &str, expected: &[(&str, &[&str])]) {
    let found = resolver()
        .await
        .exchangers(domain)
        .await
        .unwrap_or_else(|e| panic!("{domain}: {e}"));
    let found: Vec<(String, Vec<String>)> = found
        .into_iter()
        .map(|e| (e.host, e.addresses.iter().map(IpAddr::to_string).collect()))
        .collect();
    let expected: Vec<(String, Vec<String>)> = expected
        .iter()
        .map(|(h, a)| ((*h).into(), a.iter().map(|a| (*a).into()).collect()))
        .collect();
    assert_eq!(found, expected, "{domain}");
}

#[tokio::test]
async fn exchangers_come_with_their_addresses() {
    let a: &[&str] = &["192.0.2.1", "192.0.2.2", "2001:db8::1"];
    check(
        "two.example",
        &[("a.example", a), ("b.example", &["192.0.2.3"])],
    )
    .await;
    check("alias.example", &[("a.example", a)]).await;
}

#[tokio::test]
async fn without_mx_the_domain_is_its_exchanger() {
    check("plain.example", &[("plain.example", &["192.0.2.3"])]).await;
    check("[192.0.2.7]", &[("[192.0.2.7]", &["192.0.2.7"])]).await;
}

#[tokio::test]
async fn an_exchanger_that_does_not_exist_is_passed_over() {
    check("gap.example", &[("b.example", &["192.0.2.3"])]).await;
}

#[tokio::test]
async fn failures_tell_never_from_not_now() {
    let resolver = resolver().await;
    for (domain, expected) in [
        ("null.example", MxError::NullMx),
        ("nowhere.example", MxError::NoSuchDomain),
        ("dead.example", MxError::NoSuchDomain),
        ("empty.example", MxError::NoSuchDomain),
    ] {
        assert_eq!(resolver.exchangers(domain).await, Err(expected), "{domain}");
    }
    let broken = resolver.exchangers("broken.example").await;
    assert!(matches!(broken, Err(MxError::Temporary(_))), "{broken:?}");
}

#[tokio::test]
async fn a_silent_name_server_is_temporary_trouble() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let mut resolver =
        Resolver::with_server(socket.local_addr().expect("an address")).expect("a resolver");
    let mut builder = TokioResolver::builder_with_config(
        ResolverConfig::from_name_servers(vec![{
            let mut server = NameServerConfig::udp(socket.local_addr().expect("an address").ip());
            server.connections[0].port = socket.local_addr().expect("an address").port();
            server
        }]),
        TokioRuntimeProvider::default(),
    );
    builder.options_mut().timeout = std::time::Duration::from_millis(50);
    builder.options_mut().attempts = 0;
    resolver.dns = builder.build().expect("a resolver");
    assert!(matches!(
        resolver.exchangers("two.example").await,
        Err(MxError::Temporary(_))
    ));
}
