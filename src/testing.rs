//! A whole server inside the test: port 0, a directory of its own, a clock turned by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use config::{Config, Outgoing, Smtp, Web};
use desk::letter::Letter;
use desk::{AddressForm, AgentForm, DepartmentForm, Desk};
use jiff::Timestamp;
use smtp::client::{Connection, Delivery, Failure, Route, Security};
use tempfile::TempDir;

use crate::outbound::{Outbound, Way};
use crate::server::{self, Running};
use crate::world::World;

pub struct House {
    pub running: Running,
    seconds: Arc<AtomicI64>,
    directory: TempDir,
}

impl House {
    /// A desk with `support@DOMAIN`, taking mail and sending its letters as told.
    pub async fn start(domain: &str, outgoing: Outgoing) -> House {
        let directory = tempfile::tempdir().expect("a directory");
        let seconds = Arc::new(AtomicI64::new(0));
        let turned = seconds.clone();
        let world = World::with_clock(move || {
            let now = START + turned.load(Ordering::SeqCst);
            Timestamp::from_second(now).expect("a time of this century")
        });
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config {
            data: directory.path().join("d"),
            engine: None,
            hostname: domain.to_owned(),
            smtp: Smtp {
                listen: vec![any],
                max_size: 64 << 20,
                trusted_networks: vec!["127.0.0.0/8".parse().expect("a network")],
                tls: None,
            },
            web: Web {
                listen: any,
                base_url: None,
            },
            outgoing,
        };
        let desk = server::open(&config, &world).await.expect("a desk");
        furnish(&desk, &world, domain).await;
        let way = Way::new(&config.outgoing, domain).expect("a way out");
        let courier = way.map(|way| Arc::new(Outbound::new(desk.clone(), way)));
        let running = server::start(&config, desk, world, courier).await;
        let running = running.expect("a server");
        House {
            running,
            seconds,
            directory,
        }
    }

    pub fn desk(&self) -> &Desk {
        &self.running.desk
    }

    pub fn smtp(&self) -> SocketAddr {
        self.running.smtp[0]
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.directory.path().join("d")
    }

    /// Stops the server and returns what holds its directory.
    pub async fn stop(self) -> TempDir {
        self.running.stop().await;
        self.directory
    }

    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sends a mail to this house by SMTP and returns what it said.
    pub async fn mail(&self, from: &str, to: &str, subject: &str) -> Result<Delivery, Failure> {
        let address = self.smtp();
        let route = Route {
            security: Security::Plain,
            ..Route::new(address.ip().to_string(), address.port(), "client.example")
        };
        let mail = format!(
            "From: <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\n\
             Message-ID: <{}@client.example>\r\n\r\nHello.\r\n",
            subject.replace(' ', ".")
        );
        let mut connection = Connection::open(&route).await?;
        let from = from.parse().expect("a reverse path");
        let to = to.parse().expect("a mailbox");
        let sent = connection
            .send(&from, &[to], mail.as_bytes(), mail.len() as u64)
            .await;
        connection.quit().await;
        Ok(sent?.remove(0).result)
    }

    /// The only letter, once `is_so`.
    pub async fn letter(&self, is_so: impl Fn(&Letter) -> bool) -> Letter {
        for _ in 0..600 {
            let page = self.desk().letters(None, 10).await.expect("the outbox");
            if let Some(letter) = page.rows.into_iter().find(&is_so) {
                return letter;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("no letter came to be so");
    }
}

async fn furnish(desk: &Desk, world: &World, domain: &str) {
    let moment = world.moment();
    let admin = AgentForm {
        login: "ada".to_owned(),
        name: "Ada".to_owned(),
        email: format!("ada@staff.{domain}"),
        password: Some(world.password()),
        ..AgentForm::default()
    };
    let admin = desk
        .make_first_admin(&moment, &admin)
        .await
        .expect("an admin");
    let admin = desk
        .agent(admin)
        .await
        .expect("an admin")
        .expect("an admin");
    let department = DepartmentForm {
        name: "Support".to_owned(),
        acknowledge: true,
        active: true,
        ..DepartmentForm::default()
    };
    let department = desk.save_department(&moment, &admin, &department).await;
    let address = AddressForm {
        id: None,
        email: format!("support@{domain}"),
        name: "Support".to_owned(),
        department: department.expect("a department"),
        active: true,
    };
    desk.save_address(&moment, &admin, &address)
        .await
        .expect("an address");
}

const START: i64 = 1_795_000_000;
