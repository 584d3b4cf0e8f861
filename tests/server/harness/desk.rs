//! The desk of the demo: Support and Sales with an address each, ada who is an admin, ben who works
//! in both; and what such a desk holds, told mail by mail.

use std::collections::BTreeMap;
use std::io::Read;

use desk::ticket::Answer;
use desk::{
    AddressForm, Agent, AgentForm, DepartmentForm, DepartmentId, Desk, EntryBody, Moment, Ticket,
};

use super::{SALES, SUPPORT, sha256};

#[derive(Clone)]
pub struct People {
    pub ben: Agent,
    pub support: DepartmentId,
    pub sales: DepartmentId,
}

/// Fills an empty desk.
pub async fn furnish(desk: &Desk, moment: &Moment) -> People {
    let form = AgentForm {
        login: "ada".into(),
        name: "Ada".into(),
        email: "ada@staff.example".into(),
        password: Some("a long password".into()),
        ..AgentForm::default()
    };
    let ada = desk.make_first_admin(moment, &form).await.expect("ada");
    let ada = desk.agent(ada).await.expect("readable").expect("ada");
    let support = department(desk, moment, &ada, "Support", SUPPORT).await;
    let sales = department(desk, moment, &ada, "Sales", SALES).await;
    let form = AgentForm {
        login: "ben".into(),
        name: "Ben".into(),
        email: "ben@staff.example".into(),
        departments: vec![support, sales],
        active: true,
        password: Some("a long password".into()),
        ..AgentForm::default()
    };
    let ben = desk.save_agent(moment, &ada, &form).await.expect("ben");
    let ben = desk.agent(ben).await.expect("readable").expect("ben");
    People {
        ben,
        support,
        sales,
    }
}

async fn department(
    desk: &Desk,
    moment: &Moment,
    by: &Agent,
    name: &str,
    address: &str,
) -> DepartmentId {
    let form = DepartmentForm {
        name: name.into(),
        signature: format!("{name} at desk.example"),
        acknowledge: true,
        active: true,
        ..DepartmentForm::default()
    };
    let department = desk
        .save_department(moment, by, &form)
        .await
        .expect("a department");
    let form = AddressForm {
        id: None,
        email: address.into(),
        name: name.into(),
        department,
        active: true,
    };
    desk.save_address(moment, by, &form)
        .await
        .expect("an address");
    department
}

/// How often each mail stands in the desk, by the SHA-256 of its stored bytes, which are read and
/// hashed here and must be what the entry says.
pub async fn contents(desk: &Desk) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for ticket in tickets(desk).await {
        let entries = desk
            .entries(ticket.id, None, 10_000)
            .await
            .expect("entries");
        for entry in entries {
            let EntryBody::Message(mailed) = entry.body else {
                continue;
            };
            let raw = desk.raw(&mailed.raw).await.expect("readable");
            let mut bytes = Vec::new();
            let mut raw = raw.expect("the raw message is there");
            raw.read_to_end(&mut bytes).expect("readable");
            let hash = sha256(&bytes);
            assert_eq!(hash, mailed.raw.to_string(), "the bytes are the mail's own");
            *found.entry(hash).or_default() += 1;
        }
    }
    found
}

/// Every ticket, oldest first.
pub async fn tickets(desk: &Desk) -> Vec<Ticket> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (rows, next) = desk.ticket_listing(after).await.expect("a listing");
        for row in rows {
            let number = row["number"].as_str().expect("a number");
            let number = number.parse().expect("a ticket number");
            let ticket = desk.ticket_by_number(&number).await.expect("readable");
            all.push(ticket.expect("a listed ticket exists"));
        }
        if next.is_none() {
            return all;
        }
        after = next;
    }
}

pub fn answer(text: &str) -> Answer {
    Answer {
        text: text.to_owned(),
        files: Vec::new(),
        seen: None,
        cc: None,
        close: false,
    }
}
