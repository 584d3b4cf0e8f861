//! GET /tickets/{number}: what the desk knows of a ticket, as its page.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use desk::authz::{Action, Object, can};
use desk::letter::Letter;
use desk::{Party, Problem, Ticket, TicketNumber};
use serde::Deserialize;

use crate::field::Choice;
use crate::guard::Signed;
use crate::names::Names;
use crate::page::{Chrome, initials};
use crate::queue;
use crate::render::page_with;
use crate::state::{Web, WebState};
use crate::ticket::letter::entry;
use crate::ticket::page::{Composer, Copy, Entry, Person, TicketPage};
use crate::trouble::{Answer, Trouble};
use crate::upload;
use crate::when;

/// Entries on one page; a longer conversation has earlier pages.
const PAGE: u32 = 100;

#[derive(Deserialize)]
pub struct Asked {
    /// Show entries behind this one; without it, the newest.
    after: Option<u32>,
    /// What was just sent from here.
    sent: Option<String>,
}

pub async fn show(
    State(web): State<Web>,
    signed: Signed,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let ticket = ticket(&web, &signed, &number).await?;
    let mut page = build(&web, &signed, &ticket, asked.after).await?;
    page.sent = match asked.sent.as_deref() {
        Some("reply") => Some("reply"),
        Some("note") => Some("note"),
        _ => None,
    };
    Ok(page_with(StatusCode::OK, &page))
}

/// The page again with what could not be accepted.
pub fn again(status: StatusCode, page: &TicketPage) -> Response {
    page_with(status, page)
}

/// The ticket of an address, when this agent may see it.
pub async fn ticket(web: &WebState, signed: &Signed, number: &str) -> Result<Ticket, Trouble> {
    let number: TicketNumber = number.parse().map_err(|_| Trouble::not_found("ticket"))?;
    Ok(web.desk.ticket_for(&signed.agent, &number).await?)
}

pub async fn build(
    web: &WebState,
    signed: &Signed,
    ticket: &Ticket,
    after: Option<u32>,
) -> Result<TicketPage, Problem> {
    let names = Names::load(&web.desk).await?;
    let start = after
        .unwrap_or(ticket.last_entry.saturating_sub(PAGE))
        .min(ticket.last_entry);
    let entries = entries(web, ticket, start).await?;
    let number = ticket.number.to_string();
    let other = |after: u32| format!("/tickets/{number}?after={after}");
    let end = start + PAGE;
    Ok(TicketPage {
        chrome: Chrome::of(
            web,
            signed,
            &format!("#{number} {}", queue::subject(ticket)),
        )
        .await?,
        subject: queue::subject(ticket),
        open: ticket.is_open(),
        state: if ticket.is_open() { "Open" } else { "Closed" },
        state_tone: if ticket.is_open() { "open" } else { "closed" },
        may_work: can(&signed.agent, Action::Work, Object::Ticket(ticket)),
        mine: ticket.assignee == Some(signed.agent.id),
        back: if ticket.is_open() {
            "/queue/open".into()
        } else {
            "/queue/closed".into()
        },
        back_label: if ticket.is_open() {
            "Open".into()
        } else {
            "Closed".into()
        },
        sent: None,
        requester: person(&ticket.requester, true),
        assignees: assignees(&names, ticket),
        departments: departments(&names, ticket),
        referred: referred(&names, ticket),
        collaborators: ticket
            .collaborators
            .iter()
            .map(|one| person(&one.party, one.active))
            .collect(),
        collaborator_problem: None,
        collaborator_address: String::new(),
        facts: facts(web, ticket).await?,
        earlier: (start > 0).then(|| other(start.saturating_sub(PAGE))),
        later: (end < ticket.last_entry).then(|| other(end)),
        entries,
        composer: composer(ticket),
        number,
    })
}

async fn entries(web: &WebState, ticket: &Ticket, start: u32) -> Result<Vec<Entry>, Problem> {
    let found = web
        .desk
        .entries(ticket.id, Some(start), PAGE as usize)
        .await?;
    let letters: Vec<Letter> = web.desk.letters_of(ticket.id).await?;
    Ok(found
        .iter()
        .map(|one| entry(web, ticket, &letters, one))
        .collect())
}

fn composer(ticket: &Ticket) -> Composer {
    let copies: Vec<Copy> = ticket
        .collaborators
        .iter()
        .filter(|one| one.active)
        .filter_map(|one| {
            Some(Copy {
                value: one.party.address.as_ref()?.to_string(),
                label: one.party.to_string(),
                short: one.party.label(),
                chosen: true,
            })
        })
        .collect();
    let to_short = ticket.requester.label();
    let everybody: Vec<&str> = std::iter::once(to_short.as_str())
        .chain(copies.iter().map(|copy| copy.short.as_str()))
        .collect();
    Composer {
        last_entry: ticket.last_entry,
        to: ticket.requester.to_string(),
        send: format!("Send to {}", everybody.join(", ")),
        to_short,
        copies,
        limit: when::size(upload::LARGEST),
        ..Composer::default()
    }
}

fn person(party: &Party, active: bool) -> Person {
    let name = party.label();
    let address = party
        .address
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    Person {
        initials: initials(&name),
        name,
        address,
        active,
    }
}

/// Agents who reach the ticket's department, and whoever has it.
fn assignees(names: &Names, ticket: &Ticket) -> Vec<Choice> {
    let nobody = Choice::new("", "Nobody", ticket.assignee.is_none());
    let agents = names
        .agents
        .iter()
        .filter(|agent| {
            ticket.assignee == Some(agent.id) || (agent.active && agent.reaches(ticket.department))
        })
        .map(|agent| Choice::new(agent.id, &agent.name, ticket.assignee == Some(agent.id)));
    std::iter::once(nobody).chain(agents).collect()
}

fn departments(names: &Names, ticket: &Ticket) -> Vec<Choice> {
    names
        .departments
        .iter()
        .filter(|one| one.active || one.id == ticket.department)
        .map(|one| Choice::new(one.id, &one.name, one.id == ticket.department))
        .collect()
}

fn referred(names: &Names, ticket: &Ticket) -> Option<String> {
    let list: Vec<String> = ticket
        .referred
        .iter()
        .map(|id| names.department(*id))
        .collect();
    (!list.is_empty()).then(|| list.join(", "))
}

async fn facts(web: &WebState, ticket: &Ticket) -> Result<Vec<(&'static str, String)>, Problem> {
    let minute = |at| when::minute(web.now(), at, &web.zone);
    let mut facts = vec![
        ("Created", minute(ticket.created)),
        ("Changed", minute(ticket.updated)),
    ];
    if let Some(address) = web.desk.address(ticket.address).await? {
        facts.push(("Written to", address.email.to_string()));
    }
    if let desk::ticket::Status::Closed { at, .. } = ticket.status {
        facts.push(("Closed", minute(at)));
    }
    Ok(facts)
}
