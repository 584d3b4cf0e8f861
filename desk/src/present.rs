//! The desk as JSON, for the command line (DESIGN §7).

use crate::journal::JournalRow;
use crate::letter::{Letter, Recipient};
use crate::ticket::{Author, Entry, EntryBody, Mailed, Standing, Ticket, Written};
use crate::{AgentId, Department, DepartmentId, Desk, Problem};
use serde_json::{Value, json};
use std::collections::HashMap;
use storage::Direction;

/// Names behind ids, read once for a listing.
pub struct Names {
    departments: HashMap<DepartmentId, String>,
    agents: HashMap<AgentId, String>,
}

/// How many rows a listing reads at a time.
const PAGE: usize = 500;

impl Desk {
    pub async fn names(&self) -> Result<Names, Problem> {
        let named = |d: Department| (d.id, d.name);
        Ok(Names {
            departments: self.departments().await?.into_iter().map(named).collect(),
            agents: (self.agents().await?.into_iter())
                .map(|a| (a.id, a.login))
                .collect(),
        })
    }

    /// Tickets after a cursor, oldest first, and the cursor of the next page.
    pub async fn ticket_listing(
        &self,
        after: Option<storage::Cursor>,
    ) -> Result<(Vec<Value>, Option<storage::Cursor>), Problem> {
        let names = self.names().await?;
        let page = self
            .tables
            .tickets
            .page(self.store(), &(), after.as_ref(), Direction::Forward, PAGE)
            .await?;
        let rows = page.rows.iter().map(|(_, row)| ticket(&row.value, &names));
        Ok((rows.collect(), page.next))
    }

    /// A ticket with all its entries.
    pub async fn whole_ticket(&self, found: &Ticket) -> Result<Value, Problem> {
        let names = self.names().await?;
        let mut entries = Vec::new();
        let mut after = None;
        loop {
            let page = self.entries(found.id, after, PAGE).await?;
            after = page.last().map(|entry| entry.sequence);
            entries.extend(page.iter().filter_map(entry));
            if page.len() < PAGE {
                break;
            }
        }
        let mut value = ticket(found, &names);
        value["entries"] = Value::Array(entries);
        Ok(value)
    }
}

pub fn ticket(ticket: &Ticket, names: &Names) -> Value {
    json!({
        "number": ticket.number.as_str(),
        "subject": ticket.subject,
        "status": if ticket.is_open() { "open" } else { "closed" },
        "department": names.departments.get(&ticket.department),
        "referred": ticket.referred.iter().map(|d| names.departments.get(d)).collect::<Vec<_>>(),
        "requester": ticket.requester.address.as_ref().map(|a| a.as_str()),
        "requester_name": ticket.requester.name,
        "assignee": ticket.assignee.and_then(|a| names.agents.get(&a)),
        "collaborators": ticket.collaborators.iter().map(|c| json!({
            "address": c.party.address.as_ref().map(|a| a.as_str()),
            "name": c.party.name,
            "active": c.active,
        })).collect::<Vec<_>>(),
        "entry_count": ticket.entry_count,
        "created": ticket.created.to_string(),
        "updated": ticket.updated.to_string(),
    })
}

pub fn letter(letter: &Letter, hold: bool) -> Value {
    json!({
        "id": letter.id.to_string(),
        "ticket": letter.number.as_str(),
        "message_id": letter.message_id,
        "from": letter.from,
        "subject": letter.subject,
        "state": letter.state(hold),
        "recipients": letter.recipients.iter().map(|r| recipient(r, hold)).collect::<Vec<_>>(),
        "created": letter.created.to_string(),
        "due": letter.due.map(|due| due.to_string()),
    })
}

pub fn journal_row(row: &JournalRow) -> Value {
    json!({
        "id": row.id.to_string(),
        "at": row.at.to_string(),
        "peer": row.peer,
        "helo": row.helo,
        "from": row.from,
        "recipients": row.recipients,
        "accepted": row.accepted,
        "reply": row.reply,
        "rule": row.rule,
        "ticket": row.ticket.as_ref().map(|n| n.as_str()),
        "message_id": row.message_id,
        "size": row.size,
    })
}

fn recipient(recipient: &Recipient, hold: bool) -> Value {
    json!({
        "address": recipient.address.as_str(),
        "state": recipient.state(hold),
        "tries": recipient.tries,
        "last_reply": recipient.last_reply,
    })
}

/// Events are no entries to the command line.
fn entry(entry: &Entry) -> Option<Value> {
    let from = match &entry.author {
        Author::Party { party, .. } => party.to_string(),
        Author::Agent { name, .. } => name.clone(),
        Author::Desk => "maildesk".to_owned(),
    };
    let unproven = matches!(
        entry.author,
        Author::Party {
            standing: Standing::ClaimsAgent,
            ..
        }
    );
    let mut value = match &entry.body {
        EntryBody::Message(mailed) => message(mailed, if unproven { "note" } else { "message" }),
        EntryBody::Reply(text) => written(text, "reply"),
        EntryBody::Note(text) => written(text, "note"),
        EntryBody::Event(_) => return None,
    };
    value["from"] = from.into();
    value["created"] = entry.created.to_string().into();
    Some(value)
}

fn message(mailed: &Mailed, kind: &str) -> Value {
    json!({
        "kind": kind,
        "via": mailed.via.name(),
        "message_id": mailed.message_id,
        "sha256": mailed.raw.to_string(),
        "text": mailed.text.whole(),
        "attachments": mailed.attachments.iter().map(|a| json!({
            "name": a.name,
            "type": a.kind,
            "size": a.size,
            "sha256": hex(&a.sha256),
        })).collect::<Vec<_>>(),
    })
}

fn written(written: &Written, kind: &str) -> Value {
    json!({
        "kind": kind,
        "via": written.via.name(),
        "message_id": written.message_id,
        "sha256": null,
        "text": written.text,
        "attachments": written.uploads.iter().map(|u| json!({
            "name": u.name,
            "type": u.kind,
            "size": u.size,
            "sha256": u.blob.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
