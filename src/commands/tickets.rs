//! `maildesk tickets`: every ticket, the oldest first.

use serde_json::Value;

use crate::ask::ask;
use crate::cli::Listing;
use crate::control::Request;
use crate::fault::Fault;
use crate::print;

pub async fn run(listing: Listing) -> Result<(), Fault> {
    list(listing, Request::Tickets {}, row).await
}

/// Prints the rows of an answer, as JSON or one line each.
pub(super) async fn list(
    listing: Listing,
    request: Request,
    text: impl Fn(&Value) -> String,
) -> Result<(), Fault> {
    let mut answer = ask(&listing.which, request).await?;
    if !listing.json {
        answer.each(|row| print::line(&text(&row))).await?;
        return Ok(());
    }
    let mut array = print::Array::default();
    answer.each(|row| array.row(&row)).await?;
    array.end()
}

fn row(row: &Value) -> String {
    let field = |name| print::field(row, name);
    format!(
        "{}  {:6}  {}  {}  {}  {}  {}",
        field("number"),
        field("status"),
        field("updated"),
        field("department"),
        field("requester"),
        entries(row),
        field("subject"),
    )
}

fn entries(row: &Value) -> String {
    match row["entry_count"].as_u64() {
        Some(1) => "1 entry".to_owned(),
        _ => format!("{} entries", print::field(row, "entry_count")),
    }
}
