//! `maildesk outbox`: every letter, the newest first, with what came of each recipient.

use serde_json::Value;

use super::tickets::list;
use crate::cli::Listing;
use crate::control::Request;
use crate::fault::Fault;
use crate::print;

pub async fn run(listing: Listing) -> Result<(), Fault> {
    list(listing, Request::Outbox {}, row).await
}

fn row(row: &Value) -> String {
    let field = |name| print::field(row, name);
    let head = format!(
        "{}  {:6}  ticket {}  {}  {}",
        field("id"),
        field("state"),
        field("ticket"),
        field("from"),
        field("subject"),
    );
    let recipients = row["recipients"].as_array().into_iter().flatten();
    let lines = recipients.map(|recipient| {
        let field = |name| print::field(recipient, name);
        let (address, state) = (field("address"), field("state"));
        format!(
            "\n    to {address}  {state}  {} tries  {}",
            field("tries"),
            field("last_reply")
        )
    });
    head + &lines.collect::<String>()
}
