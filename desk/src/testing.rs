//! A desk on a real store in a temporary directory, with a hand-turned clock and seeded chance.

use crate::intake::{Accepted, Arrival, Refusal};
use crate::ticket::Via;
use crate::{
    AddressForm, Agent, AgentForm, DepartmentForm, DepartmentId, Desk, Moment, Random, Ticket,
    TicketNumber,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use storage::{Content, Options, Store};

pub struct TestDesk {
    pub desk: Desk,
    pub ada: Agent,
    pub ben: Agent,
    pub support: DepartmentId,
    pub sales: DepartmentId,
    seconds: AtomicU64,
    random: Random,
    _dir: tempfile::TempDir,
}

impl TestDesk {
    /// Support and sales with an address each, ada who is an admin, ben who works in support.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = Store::open(dir.path(), &Options::default()).expect("a fresh store opens");
        let counter = AtomicU64::new(1);
        let random: Random = Arc::new(move |into: &mut [u8]| {
            for chunk in into.chunks_mut(8) {
                let n = counter.fetch_add(1, Ordering::Relaxed);
                let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ n;
                chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
            }
        });
        let moment = Moment::new(start(), random.clone());
        let desk = Desk::open(store, &moment).await.expect("a desk opens");
        let ada = admin(&desk, &moment).await;
        let support = department(&desk, &moment, &ada, "Support").await;
        let sales = department(&desk, &moment, &ada, "Sales").await;
        let form = AgentForm {
            login: "ben".into(),
            name: "Ben".into(),
            email: "ben@staff.example".into(),
            departments: vec![support],
            active: true,
            password: Some("a long password".into()),
            ..AgentForm::default()
        };
        let ben = desk.save_agent(&moment, &ada, &form).await.unwrap();
        Self {
            ben: desk.agent(ben).await.unwrap().unwrap(),
            ada,
            support,
            sales,
            desk,
            seconds: AtomicU64::new(0),
            random,
            _dir: dir,
        }
    }

    /// Each moment is a second later than the one before.
    pub fn moment(&self) -> Moment {
        let second = self.seconds.fetch_add(1, Ordering::Relaxed);
        Moment::new(
            start() + SignedDuration::from_secs(second as i64),
            self.random.clone(),
        )
    }

    pub fn pass(&self, span: SignedDuration) {
        let seconds = span.as_secs().unsigned_abs();
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Delivers a mail to the given recipients; the envelope sender is the one of From.
    pub async fn mail(&self, to: &[&str], message: &str) -> Result<Accepted, Refusal> {
        let from = message.lines().find_map(|l| l.strip_prefix("From: "));
        let from = from.and_then(|f| f.rsplit(['<', ' ']).next());
        self.mail_from(from.map(|f| f.trim_end_matches('>')), to, message)
            .await
    }

    pub async fn mail_from(
        &self,
        from: Option<&str>,
        to: &[&str],
        message: &str,
    ) -> Result<Accepted, Refusal> {
        let bytes = message.replace('\n', "\r\n").into_bytes();
        let arrival = Arrival {
            via: Via::Smtp,
            peer: "192.0.2.1".into(),
            helo: "mx.example".into(),
            reverse_path: from.map(|f| f.parse().expect("a sender")),
            recipients: to.iter().map(|t| t.parse().expect("a recipient")).collect(),
            size: bytes.len() as u64,
            content: Content::Memory(bytes),
            trace: "Received: from mx.example\r\n".into(),
        };
        self.desk.accept(&self.moment(), arrival).await
    }

    /// Delivers a mail that must become, or join, a ticket.
    pub async fn ticket(&self, to: &[&str], message: &str) -> Ticket {
        let accepted = self.mail(to, message).await.expect("the mail is accepted");
        self.at(&accepted.ticket.expect("a ticket")).await
    }

    pub async fn at(&self, number: &TicketNumber) -> Ticket {
        let found = self.desk.ticket_by_number(number).await.unwrap();
        found.expect("the ticket exists")
    }

    pub async fn clean(&self) {
        let findings = self.desk.fsck().await.unwrap();
        assert_eq!(findings.problems, Vec::<String>::new());
    }
}

fn start() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().expect("a time")
}

async fn admin(desk: &Desk, moment: &Moment) -> Agent {
    let form = AgentForm {
        login: "ada".into(),
        name: "Ada".into(),
        email: "ada@staff.example".into(),
        password: Some("a long password".into()),
        ..AgentForm::default()
    };
    let id = desk.make_first_admin(moment, &form).await.unwrap();
    desk.agent(id).await.unwrap().unwrap()
}

async fn department(desk: &Desk, moment: &Moment, by: &Agent, name: &str) -> DepartmentId {
    let form = DepartmentForm {
        name: name.into(),
        signature: format!("{name} at desk.example"),
        acknowledge: true,
        active: true,
        ..DepartmentForm::default()
    };
    let id = desk.save_department(moment, by, &form).await.unwrap();
    let address = AddressForm {
        id: None,
        email: format!("{}@desk.example", name.to_lowercase()),
        name: name.into(),
        department: id,
        active: true,
    };
    desk.save_address(moment, by, &address).await.unwrap();
    id
}
