//! GET /journal

use askama::Template;

use crate::page::Chrome;

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
