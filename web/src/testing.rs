//! The pages of a real desk on a loopback socket, and a browser's part spoken
//! by hand: a test sees the very bytes that a browser would.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use desk::intake::Arrival;
use desk::ticket::Via;
use desk::{
    AddressForm, Agent, AgentForm, Content, DepartmentForm, DepartmentId, Desk, Moment, Random,
    TicketNumber,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::WebState;

pub const PASSWORD: &str = "correct horse";

/// A desk with Support and Sales; ada is an admin, ben works in Support.
pub struct Site {
    pub desk: Desk,
    pub ada: Agent,
    pub ben: Agent,
    pub support: DepartmentId,
    pub sales: DepartmentId,
    address: SocketAddr,
    world: World,
    _dir: tempfile::TempDir,
}

#[derive(Clone)]
struct World {
    seconds: Arc<AtomicU64>,
    random: Random,
}

impl Site {
    pub async fn start() -> Site {
        let dir = tempfile::tempdir().expect("a directory");
        let world = World::new();
        let desk = open(dir.path(), &world).await;
        let ada = AgentForm {
            login: "ada".into(),
            name: "Ada".into(),
            email: "ada@staff.example".into(),
            password: Some(PASSWORD.into()),
            ..AgentForm::default()
        };
        let ada = desk
            .make_first_admin(&world.moment(), &ada)
            .await
            .expect("ada");
        let ada = desk.agent(ada).await.expect("read").expect("ada");
        let support = department(&desk, &world, &ada, "Support").await;
        let sales = department(&desk, &world, &ada, "Sales").await;
        let ben = AgentForm {
            login: "ben".into(),
            name: "Ben".into(),
            email: "ben@staff.example".into(),
            departments: vec![support],
            active: true,
            password: Some(PASSWORD.into()),
            ..AgentForm::default()
        };
        let ben = desk
            .save_agent(&world.moment(), &ada, &ben)
            .await
            .expect("ben");
        let ben = desk.agent(ben).await.expect("read").expect("ben");
        let address = serve(desk.clone(), &world, None).await;
        Site {
            desk,
            ada,
            ben,
            support,
            sales,
            address,
            world,
            _dir: dir,
        }
    }

    pub fn moment(&self) -> Moment {
        self.world.moment()
    }

    /// A mail from a customer to support@ or sales@; the ticket it stands in.
    pub async fn mail(&self, to: &str, subject: &str, text: &str) -> TicketNumber {
        let message = format!(
            "From: Mira Hoffmann <mira@customer.example>\r\nTo: {to}@desk.example\r\nSubject: {subject}\r\nMessage-ID: <{}@customer.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\n{text}\r\n",
            self.world.seconds.load(Ordering::Relaxed)
        );
        self.raw_mail(to, message.as_bytes()).await
    }

    pub async fn raw_mail(&self, to: &str, message: &[u8]) -> TicketNumber {
        self.mail_to(&[to], message).await
    }

    /// A mail in one transaction to several of our addresses.
    pub async fn mail_to(&self, to: &[&str], message: &[u8]) -> TicketNumber {
        let address = |to: &&str| format!("{to}@desk.example").parse().expect("an address");
        let arrival = Arrival {
            via: Via::Smtp,
            peer: "192.0.2.1".into(),
            helo: "mx.customer.example".into(),
            reverse_path: Some("mira@customer.example".parse().expect("an address")),
            recipients: to.iter().map(address).collect(),
            size: message.len() as u64,
            content: Content::Memory(message.to_vec()),
            trace: "Received: from mx.customer.example\r\n".into(),
        };
        let accepted = self.desk.accept(&self.moment(), arrival).await;
        accepted
            .expect("the mail is taken")
            .ticket
            .expect("a ticket")
    }

    pub fn browser(&self) -> Browser {
        Browser {
            address: self.address,
            cookies: Vec::new(),
        }
    }

    pub async fn logged_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let token = browser.get("/login").await.token();
        let answer = browser
            .post(
                "/login",
                &[("csrf", &token), ("login", login), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }
}

/// Pages of a desk without agents, with `code` as its setup code.
pub async fn first_run(code: &str) -> (Browser, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let world = World::new();
    let desk = open(dir.path(), &world).await;
    let address = serve(desk, &world, Some(code.into())).await;
    (
        Browser {
            address,
            cookies: Vec::new(),
        },
        dir,
    )
}

impl World {
    fn new() -> World {
        let counter = AtomicU64::new(1);
        let random: Random = Arc::new(move |into: &mut [u8]| {
            for chunk in into.chunks_mut(8) {
                let n = counter.fetch_add(1, Ordering::Relaxed);
                let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ n;
                chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
            }
        });
        World {
            seconds: Arc::default(),
            random,
        }
    }

    /// A second later than the one before.
    fn now(&self) -> Timestamp {
        let second = self.seconds.fetch_add(1, Ordering::Relaxed);
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        start + SignedDuration::from_secs(second as i64)
    }

    fn moment(&self) -> Moment {
        Moment::new(self.now(), self.random.clone())
    }
}

async fn open(dir: &std::path::Path, world: &World) -> Desk {
    let store = storage::Store::open(dir, &storage::Options::default()).expect("a store");
    Desk::open(store, &world.moment()).await.expect("a desk")
}

async fn department(desk: &Desk, world: &World, by: &Agent, name: &str) -> DepartmentId {
    let form = DepartmentForm {
        name: name.into(),
        signature: format!("Your {name}"),
        acknowledge: true,
        active: true,
        ..DepartmentForm::default()
    };
    let department = desk
        .save_department(&world.moment(), by, &form)
        .await
        .expect("a department");
    let email = format!("{}@desk.example", name.to_lowercase());
    let form = AddressForm {
        id: None,
        email,
        name: format!("Desk {name}"),
        department,
        active: true,
    };
    desk.save_address(&world.moment(), by, &form)
        .await
        .expect("an address");
    department
}

async fn serve(desk: Desk, world: &World, setup_token: Option<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let clock = world.clone();
    let router = crate::router(WebState {
        desk,
        clock: Arc::new(move || clock.now()),
        random: world.random.clone(),
        base_url: format!("http://{address}"),
        setup_token,
        hold: true,
        zone: TimeZone::UTC,
    });
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await
    });
    address
}

/// Keeps cookies and speaks HTTP/1.1, one request a connection.
#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    pub cookies: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The token in the first form of the page.
    pub fn token(&self) -> String {
        let behind = self
            .body
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .unwrap_or_default();
        behind.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], b"").await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", crate::download::in_query(value)))
            .collect();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &kind, body.join("&").as_bytes())
            .await
    }

    /// A form with files: (name, file name, content); a text has no file name.
    pub async fn post_files(&mut self, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Reply {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = file.map_or(String::new(), |file| {
                format!("; filename=\"{file}\"\r\nContent-Type: application/octet-stream")
            });
            body.extend_from_slice(
                format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--part--\r\n");
        self.send(
            "POST",
            path,
            &[("content-type", "multipart/form-data; boundary=part")],
            &body,
        )
        .await
    }

    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut connection = TcpStream::connect(self.address)
            .await
            .expect("a connection");
        let head = self.head(method, path, headers, body.len());
        connection
            .write_all(head.as_bytes())
            .await
            .expect("the head goes out");
        // A refusal may close the connection before all of the body is sent.
        let _ = connection.write_all(body).await;
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        let reply = parse(&answer);
        for line in reply.all("set-cookie") {
            let (name, value) = line
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        reply
    }

    pub fn head(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        length: usize,
    ) -> String {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\nCookie: {}\r\n",
            cookies.join("; ")
        );
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head + "\r\n"
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("a connection")
    }
}

fn parse(answer: &[u8]) -> Reply {
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole head");
    let head = std::str::from_utf8(&answer[..end]).expect("a head of text");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .expect("a status");
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let bytes = if chunked {
        unchunked(&answer[end + 4..])
    } else {
        answer[end + 4..].to_vec()
    };
    Reply {
        status,
        headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    }
}

/// RFC 9112 7.1
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end])
            .ok()
            .and_then(|text| usize::from_str_radix(text.trim(), 16).ok())
            .expect("a size");
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    whole
}
