//! GET /journal: every mail that was offered, what it was told, and which
//! rule decided. "Why did this mail not become a ticket?" is answered here.

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::guard::Signed;
use crate::page::Chrome;
use crate::render::page;
use crate::state::{Web, WebState};
use crate::trouble::Answer;
use crate::when;

const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "journal.html")]
pub struct JournalPage {
    pub chrome: Chrome,
    pub rows: Vec<JournalRow>,
    pub first: Option<String>,
    pub next: Option<String>,
}

pub struct JournalRow {
    pub outcome: &'static str,
    pub tone: &'static str,
    pub from: String,
    pub to: String,
    pub rule: String,
    pub reply: String,
    pub peer: String,
    pub size: String,
    pub number: String,
    pub href: Option<String>,
    pub age: String,
    pub at: String,
    pub at_iso: String,
}

#[derive(Deserialize)]
pub struct After {
    pub after: Option<String>,
}

pub async fn show(State(web): State<Web>, signed: Signed, Query(query): Query<After>) -> Answer {
    let found = web.desk.journal(query.after.as_deref(), PAGE).await?;
    Ok(page(&JournalPage {
        chrome: Chrome::of(&web, &signed, "Mail journal").await?,
        rows: found.rows.iter().map(|line| row(&web, line)).collect(),
        first: query.after.map(|_| "/journal".into()),
        next: found.next.map(|next| format!("/journal?after={next}")),
    }))
}

fn row(web: &WebState, line: &desk::journal::JournalRow) -> JournalRow {
    let number = line.ticket.as_ref().map(ToString::to_string);
    JournalRow {
        outcome: if line.accepted { "accepted" } else { "refused" },
        tone: if line.accepted { "good" } else { "bad" },
        from: if line.from.is_empty() {
            "<>".into()
        } else {
            line.from.clone()
        },
        to: line.recipients.join(", "),
        rule: line.rule.clone(),
        reply: line.reply.clone(),
        peer: format!("{} {}", line.peer, line.helo).trim().into(),
        size: if line.size == 0 {
            String::new()
        } else {
            when::size(line.size)
        },
        href: number.as_ref().map(|number| format!("/tickets/{number}")),
        number: number.unwrap_or_default(),
        age: when::age(web.now(), line.at, &web.zone),
        at: when::full(line.at, &web.zone),
        at_iso: when::iso(line.at),
    }
}
