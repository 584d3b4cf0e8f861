//! GET /outbox

use askama::Template;

use crate::page::Chrome;
use crate::ticket::page::Delivery;

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

#[derive(Template)]
#[template(path = "outbox/letter.html")]
pub struct LetterPage {
    pub chrome: Chrome,
    pub number: String,
    pub ticket_href: String,
    pub state: &'static str,
    pub tone: &'static str,
    pub subject: String,
    pub release: Option<String>,
    pub cancel: Option<String>,
    pub source: String,
    pub pairs: Vec<(&'static str, String)>,
    pub recipients: Vec<Delivery>,
    pub text: String,
    pub frame: Option<String>,
    pub attachments: Vec<String>,
    pub headers: String,
}
