//! GET /queue/{view}: the rows of one queue, newest change first, paged by
//! cursor. Counts and departments stand in the rail.

use askama::Template;
use axum::extract::{Path, Query, State};
use desk::queue::View;
use desk::{DepartmentId, Problem, Ticket};
use serde::Deserialize;

use crate::guard::Signed;
use crate::names::Names;
use crate::page::Chrome;
use crate::render::page;
use crate::state::{Web, WebState};
use crate::trouble::{Answer, Trouble};
use crate::when;

const PAGE: usize = 50;

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

#[derive(Deserialize)]
pub struct Asked {
    department: Option<String>,
    after: Option<String>,
}

pub async fn show(
    State(web): State<Web>,
    signed: Signed,
    Path(view): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let view = parse_view(&view).ok_or(Trouble::not_found("queue"))?;
    let department = asked
        .department
        .as_deref()
        .map(parse_department)
        .transpose()?;
    let after = asked.after.as_deref();
    let found = web
        .desk
        .queue(&signed.agent, view, department, after, PAGE)
        .await?;
    let names = Names::load(&web.desk).await?;
    let rows: Vec<QueueRow> = found
        .rows
        .iter()
        .map(|ticket| row(&web, &names, ticket))
        .collect();
    let heading = heading(view);
    let (empty, empty_hint) = nothing(view);
    let address = |after: Option<&str>| address(&signed.visit.path, department, after);
    Ok(page(&QueuePage {
        chrome: Chrome::of(&web, &signed, heading).await?,
        heading,
        department: department.map(|id| names.department(id)),
        empty,
        empty_hint,
        newest: rows.first().map_or(String::new(), |row| {
            format!("{}, from {}", row.subject, row.requester)
        }),
        rows,
        first: asked.after.is_some().then(|| address(None)),
        next: found.next.as_deref().map(|next| address(Some(next))),
    }))
}

fn row(web: &WebState, names: &Names, ticket: &Ticket) -> QueueRow {
    let waiting = ticket.is_open() && !ticket.answered;
    QueueRow {
        number: ticket.number.to_string(),
        href: format!("/tickets/{}", ticket.number),
        subject: subject(ticket),
        snippet: ticket.snippet.clone(),
        requester: ticket.requester.label(),
        assignee: ticket.assignee.map(|id| names.agent(id)),
        department: names.department(ticket.department),
        waiting,
        mark: match (ticket.is_open(), waiting) {
            (true, true) => "Waiting for an answer",
            (true, false) => "Answered",
            (false, _) => "Closed",
        },
        age: when::age(web.now(), ticket.updated, &web.zone),
        updated: when::full(ticket.updated, &web.zone),
        updated_iso: when::iso(ticket.updated),
    }
}

/// A link needs words.
pub fn subject(ticket: &Ticket) -> String {
    let subject = ticket.subject.trim();
    if subject.is_empty() {
        "(no subject)".into()
    } else {
        subject.into()
    }
}

/// The same queue from another place on.
fn address(path: &str, department: Option<DepartmentId>, after: Option<&str>) -> String {
    let queue = path.split('?').next().unwrap_or(path);
    let department = department.map(|id| format!("department={id}"));
    let after = after.map(|after| format!("after={after}"));
    let query: Vec<String> = department.into_iter().chain(after).collect();
    if query.is_empty() {
        queue.into()
    } else {
        format!("{queue}?{}", query.join("&"))
    }
}

fn parse_view(text: &str) -> Option<View> {
    Some(match text {
        "open" => View::Open,
        "mine" => View::Mine,
        "unassigned" => View::Unassigned,
        "closed" => View::Closed,
        _ => return None,
    })
}

fn parse_department(text: &str) -> Result<DepartmentId, Trouble> {
    text.parse()
        .map_err(|_| Trouble::Desk(Problem::NotFound("department")))
}

fn heading(view: View) -> &'static str {
    match view {
        View::Open => "Open",
        View::Mine => "Mine",
        View::Unassigned => "Unassigned",
        View::Closed => "Closed",
    }
}

fn nothing(view: View) -> (&'static str, &'static str) {
    match view {
        View::Open => (
            "Nothing is open",
            "A mail to one of your addresses shows up here by itself.",
        ),
        View::Mine => (
            "Nothing is assigned to you",
            "Answer an unassigned ticket, and it is yours.",
        ),
        View::Unassigned => (
            "Every open ticket has somebody",
            "New ones wait here until an agent takes them.",
        ),
        View::Closed => (
            "Nothing is closed yet",
            "A closed ticket opens again when its requester writes.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_stays_in_its_queue_and_department() {
        let id: DepartmentId = "000102030405060708090a0b0c0d0e0f".parse().expect("an id");
        assert_eq!(
            address("/queue/closed?department=x&after=y", Some(id), Some("5-6")),
            "/queue/closed?department=000102030405060708090a0b0c0d0e0f&after=5-6"
        );
        assert_eq!(address("/queue/mine?after=y", None, None), "/queue/mine");
    }
}
