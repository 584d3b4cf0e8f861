//! `maildesk fsck`: whether everything in the store fits together. Exit 65 when it does not.

use serde_json::{Value, json};

use crate::ask::ask;
use crate::cli::Listing;
use crate::control::Request;
use crate::fault::Fault;
use crate::print::{self, field};

pub async fn run(listing: Listing) -> Result<(), Fault> {
    let mut problems: Vec<Value> = Vec::new();
    let mut answer = ask(&listing.which, Request::Fsck {}).await?;
    let mut counts = answer
        .each(|row| {
            problems.push(row);
            Ok(())
        })
        .await?;
    if listing.json {
        counts["problems"] = json!(problems);
        print::json(&counts)?;
    } else {
        for problem in &problems {
            print::line(&print::plain(problem.as_str().unwrap_or_default()))?;
        }
        let told = ["tickets", "entries", "letters", "blobs"];
        let told = told.map(|name| format!("{} {name}", field(&counts, name)));
        print::line(&format!("{}, {} problems", told.join(", "), problems.len()))?;
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Fault::input(
            "the store does not fit together; restore a backup, or ask for help with these lines",
        )),
    }
}
