//! GET /outbox: every letter, newest first, with its state.

pub mod letter;

use askama::Template;
use axum::extract::{Query, State};
use desk::letter::{Letter, LetterKind, Recipient, RecipientState};

use crate::guard::Signed;
use crate::journal::After;
use crate::page::Chrome;
use crate::render::page;
use crate::state::{Web, WebState};
use crate::ticket::page::Delivery;
use crate::trouble::Answer;
use crate::when;

const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "outbox/list.html")]
pub struct OutboxPage {
    pub chrome: Chrome,
    pub hold: Option<&'static str>,
    pub letters: Vec<LetterRow>,
    pub first: Option<String>,
    pub next: Option<String>,
}

pub struct LetterRow {
    pub state: &'static str,
    pub tone: &'static str,
    pub href: String,
    pub subject: String,
    pub to: String,
    pub from: String,
    pub kind: &'static str,
    pub number: String,
    pub age: String,
    pub at: String,
    pub at_iso: String,
}

pub async fn list(State(web): State<Web>, signed: Signed, Query(query): Query<After>) -> Answer {
    let found = web.desk.letters(query.after.as_deref(), PAGE).await?;
    let held = "Outgoing mail is held: nothing leaves this desk. Open a letter to read it.";
    Ok(page(&OutboxPage {
        chrome: Chrome::of(&web, &signed, "Outbox").await?,
        hold: web.hold.then_some(held),
        letters: found.rows.iter().map(|letter| row(&web, letter)).collect(),
        first: query.after.map(|_| "/outbox".into()),
        next: found.next.map(|next| format!("/outbox?after={next}")),
    }))
}

fn row(web: &WebState, letter: &Letter) -> LetterRow {
    let state = letter.state(web.hold);
    LetterRow {
        state,
        tone: tone(state),
        href: format!("/outbox/{}", letter.id),
        subject: letter.subject.clone(),
        to: recipients(letter),
        from: letter.from.clone(),
        kind: match letter.kind {
            LetterKind::Answer => "answer",
            LetterKind::Acknowledgement => "acknowledgement",
        },
        number: letter.number.to_string(),
        age: when::age(web.now(), letter.created, &web.zone),
        at: when::full(letter.created, &web.zone),
        at_iso: when::iso(letter.created),
    }
}

fn recipients(letter: &Letter) -> String {
    let addresses: Vec<String> = letter
        .recipients
        .iter()
        .map(|one| one.address.to_string())
        .collect();
    addresses.join(", ")
}

pub fn tone(state: &str) -> &'static str {
    match state {
        "sent" => "good",
        "failed" => "bad",
        "held" => "warn",
        _ => "info",
    }
}

/// What became of one recipient, as a line.
pub fn delivery(web: &WebState, letter: &Letter, recipient: &Recipient) -> Delivery {
    let address = &recipient.address;
    let said = recipient.last_reply.as_deref().unwrap_or_default();
    let line = match recipient.state {
        RecipientState::Sent { .. } => format!("delivered to {address}: {said}"),
        RecipientState::Failed { .. } => format!("refused for {address}: {said}"),
        RecipientState::Queued if web.hold => format!("held: {address}"),
        RecipientState::Queued if recipient.tries == 0 => format!("queued for {address}"),
        RecipientState::Queued => {
            let next = letter.due.map_or(String::new(), |due| {
                format!(", next try {}", when::minute(web.now(), due, &web.zone))
            });
            format!(
                "not yet delivered to {address} after {} {}{next}: {said}",
                recipient.tries,
                if recipient.tries == 1 { "try" } else { "tries" }
            )
        }
    };
    let tone = match recipient.state {
        RecipientState::Sent { .. } => "good",
        RecipientState::Failed { .. } => "bad",
        RecipientState::Queued => "warn",
    };
    Delivery {
        tone,
        text: line.trim_end_matches([':', ' ']).to_owned(),
    }
}
