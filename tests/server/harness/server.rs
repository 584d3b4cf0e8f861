//! The whole server inside the test process: every part on a port of its own.

use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use config::{Config, Outgoing, Relay, Smtp, Web};
use desk::fsck::Findings;
use desk::letter::Letter;
use desk::outbox::Courier;
use desk::{Desk, Ticket, TicketNumber};
use maildesk::outbound::{Outbound, Way};
use maildesk::server::{self, Running};
use storage::{EngineKind, Options};
use tempfile::TempDir;

use super::desk::{answer, tickets};
use super::{Client, HandClock, Keeping, People, furnish};

pub struct Server {
    pub desk: Desk,
    pub people: People,
    pub clock: HandClock,
    pub smtp: SocketAddr,
    /// What left, unless a relay takes it.
    pub kept: Arc<Keeping>,
    running: Running,
    directory: TempDir,
}

impl Server {
    /// A server whose letters are kept.
    pub async fn start(engine: EngineKind) -> Server {
        let kept = Arc::new(Keeping::default());
        let courier = kept.clone();
        Server::begin(engine, kept, move |_| courier).await
    }

    /// A server that hands its letters to a relay, as a configured one does.
    pub async fn with_relay(engine: EngineKind, relay: Relay) -> Server {
        let outgoing = Outgoing::Relay(relay);
        let way = Way::new(&outgoing, HOSTNAME).expect("a sound relay");
        let way = way.expect("letters are not held");
        let courier = move |desk: Desk| Arc::new(Outbound::new(desk, way));
        Server::begin(engine, Arc::default(), courier).await
    }

    async fn begin<C: Courier>(
        engine: EngineKind,
        kept: Arc<Keeping>,
        courier: impl FnOnce(Desk) -> Arc<C>,
    ) -> Server {
        let directory = tempfile::tempdir().expect("a directory");
        let clock = HandClock::new();
        let world = clock.world();
        let config = config(directory.path());
        let options = Options {
            engine: Some(engine),
            ..Options::default()
        };
        let desk = server::open_with(directory.path(), options, &world).await;
        let desk = desk.expect("a fresh desk opens");
        let people = furnish(&desk, &world.moment()).await;
        let courier = courier(desk.clone());
        let running = server::start(&config, desk.clone(), world, Some(courier)).await;
        let running = running.expect("the server starts");
        Server {
            smtp: running.smtp[0],
            desk,
            people,
            clock,
            kept,
            running,
            directory,
        }
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.smtp).await.greeted().await
    }

    pub async fn tickets(&self) -> Vec<Ticket> {
        tickets(&self.desk).await
    }

    pub async fn ticket(&self, number: &str) -> Ticket {
        let number: TicketNumber = number.parse().expect("a ticket number");
        let ticket = self.desk.ticket_by_number(&number).await.expect("readable");
        ticket.unwrap_or_else(|| panic!("there is no ticket {number}"))
    }

    /// Ben answers.
    pub async fn answer(&self, number: &str, text: &str) -> Letter {
        let moment = self.clock.world().moment();
        let number = number.parse().expect("a ticket number");
        let replied = self
            .desk
            .reply(&moment, &self.people.ben, &number, answer(text))
            .await;
        let letter = replied.expect("the answer is written").letter;
        let letter = self.desk.letter(letter).await.expect("readable");
        letter.expect("the letter exists")
    }

    pub async fn close(&self, number: &str) {
        let moment = self.clock.world().moment();
        let number = number.parse().expect("a ticket number");
        let closed = self.desk.close(&moment, &self.people.ben, &number).await;
        closed.expect("ben closes");
    }

    /// Every letter of the desk, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        let (mut all, mut after): (Vec<Letter>, Option<String>) = (Vec::new(), None);
        loop {
            let page = self
                .desk
                .letters(after.as_deref(), 500)
                .await
                .expect("letters");
            all.extend(page.rows);
            if page.next.is_none() {
                all.reverse();
                return all;
            }
            after = page.next;
        }
    }

    /// The message of a letter.
    pub async fn source(&self, letter: &Letter) -> String {
        let mut bytes = Vec::new();
        let source = self.desk.letter_source(letter).await;
        source
            .expect("readable")
            .read_to_end(&mut bytes)
            .expect("readable");
        String::from_utf8(bytes).expect("a letter is text")
    }

    /// Stops, opens what it left behind, and checks that everything in it fits together.
    pub async fn finish(self) -> Findings {
        drop((self.desk, self.kept));
        self.running.stop().await;
        let world = self.clock.world();
        let desk = server::open_with(self.directory.path(), Options::default(), &world).await;
        let desk = desk.expect("the desk opens again");
        let findings = desk.fsck().await.expect("fsck runs");
        desk.store().clone().close().await;
        assert_eq!(findings.problems, Vec::<String>::new());
        findings
    }
}

pub const HOSTNAME: &str = "desk.example";

fn config(data: &Path) -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Config {
        data: data.to_owned(),
        engine: None,
        hostname: HOSTNAME.to_owned(),
        smtp: Smtp {
            listen: vec![any],
            max_size: 1 << 20,
            trusted_networks: vec!["127.0.0.0/8".parse().expect("a network")],
            tls: None,
        },
        web: Web {
            listen: any,
            base_url: None,
        },
        outgoing: Outgoing::Hold,
    }
}
