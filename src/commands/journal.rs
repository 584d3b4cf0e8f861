//! `maildesk journal`: what was offered by SMTP and what became of it, the newest first.

use serde_json::Value;

use super::tickets::list;
use crate::cli::Listing;
use crate::control::Request;
use crate::fault::Fault;
use crate::print;

pub async fn run(listing: Listing) -> Result<(), Fault> {
    list(listing, Request::Journal {}, row).await
}

fn row(row: &Value) -> String {
    let field = |name| print::field(row, name);
    let verdict = match row["accepted"].as_bool() {
        Some(true) => "accepted",
        _ => "refused",
    };
    format!(
        "{}  {verdict}  {}  <{}> to {}  ticket {}  {}",
        field("at"),
        field("peer"),
        field("from"),
        field("recipients"),
        field("ticket"),
        field("rule"),
    )
}
