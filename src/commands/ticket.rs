//! `maildesk ticket NUMBER`: one ticket with its conversation.

use serde_json::Value;

use crate::ask::ask;
use crate::cli::OneTicket;
use crate::control::Request;
use crate::fault::Fault;
use crate::print::{self, field};

pub async fn run(one: OneTicket) -> Result<(), Fault> {
    let request = Request::Ticket { number: one.number };
    let ticket = ask(&one.which, request).await?.each(|_| Ok(())).await?;
    match one.json {
        true => print::json(&ticket),
        false => show(&ticket),
    }
}

fn show(ticket: &Value) -> Result<(), Fault> {
    print::line(&format!(
        "{}  {}",
        field(ticket, "number"),
        field(ticket, "subject")
    ))?;
    for name in [
        "status",
        "department",
        "requester",
        "assignee",
        "created",
        "updated",
    ] {
        print::line(&format!("{name:>10}  {}", field(ticket, name)))?;
    }
    for entry in ticket["entries"].as_array().into_iter().flatten() {
        let head = ["kind", "from", "created"].map(|name| field(entry, name));
        print::line(&format!("\n-- {}", head.join(", ")))?;
        let text = entry["text"].as_str().unwrap_or_default();
        print::line(print::plain(text).trim_end())?;
        for attachment in entry["attachments"].as_array().into_iter().flatten() {
            let parts = ["name", "type", "size"].map(|name| field(attachment, name));
            print::line(&format!("   attached: {} bytes", parts.join(", ")))?;
        }
    }
    Ok(())
}
