//! GET /queue/{view}: the rows of one queue, newest change first, paged by
//! cursor. Counts and departments stand in the rail.

use askama::Template;

use crate::page::Chrome;

#[derive(Template)]
#[template(path = "queue.html")]
pub struct QueuePage {
    pub chrome: Chrome,
    pub heading: &'static str,
    pub department: Option<String>,
    pub empty: &'static str,
    pub empty_hint: &'static str,
    /// What a screen reader is told when the first row changes.
    pub newest: String,
    pub rows: Vec<QueueRow>,
    pub first: Option<String>,
    pub next: Option<String>,
}

pub struct QueueRow {
    pub number: String,
    pub href: String,
    pub subject: String,
    pub snippet: String,
    pub requester: String,
    pub assignee: Option<String>,
    pub department: String,
    /// The customer spoke last.
    pub waiting: bool,
    pub mark: &'static str,
    pub age: String,
    pub updated: String,
    pub updated_iso: String,
}
