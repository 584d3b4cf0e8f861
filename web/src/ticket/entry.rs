//! What stands behind one entry: its formatted view, its source, its headers
//! and its files. All of it is somebody else's bytes: nothing here is shown
//! without the policy that fits it.

use std::io::Read;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use desk::ticket::Mailed;
use desk::{EntryBody, Problem, Ticket};

use crate::download::{self, SNIFF};
use crate::frame;
use crate::guard::Signed;
use crate::page::Chrome;
use crate::raw;
use crate::render::page;
use crate::source::{HeadersPage, SourcePage, shown};
use crate::state::{Web, WebState};
use crate::stream;
use crate::ticket::show::ticket;
use crate::trouble::{Answer, Trouble};

/// GET /tickets/{number}/entries/{entry}/html
pub async fn html(
    State(web): State<Web>,
    signed: Signed,
    Path(place): Path<(String, u32)>,
) -> Answer {
    let (ticket, mailed) = message(&web, &signed, &place).await?;
    let place = format!("/tickets/{}/entries/{}/attachments", ticket.number, place.1);
    let names: Vec<String> = mailed
        .attachments
        .iter()
        .map(|file| download::in_address(&raw::name_of(file)))
        .collect();
    let picture = move |index: usize| {
        format!(
            "{place}/{index}/{}",
            names.get(index).map_or("file", String::as_str)
        )
    };
    let safe = web.desk.message_html(&mailed, picture).await?;
    let mut response = frame::document(safe.map(|safe| (safe.html, safe.blocked_images)));
    // A stored mail never changes.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    Ok(response)
}

/// GET /tickets/{number}/entries/{entry}/source
pub async fn source(
    State(web): State<Web>,
    signed: Signed,
    Path(place): Path<(String, u32)>,
) -> Answer {
    let (ticket, mailed) = message(&web, &signed, &place).await?;
    let (text, cut) = shown(whole(&web, &mailed).await?).await?;
    Ok(page(&SourcePage {
        chrome: Chrome::of(&web, &signed, "Source").await?,
        back: back(&ticket, place.1),
        back_label: format!("#{}", ticket.number),
        heading: "Source",
        download: Some(format!(
            "/tickets/{}/entries/{}/message.eml",
            ticket.number, place.1
        )),
        cut,
        text,
    }))
}

/// GET /tickets/{number}/entries/{entry}/message.eml: the bytes exactly as
/// they were transmitted, without the trace lines that we add.
pub async fn download(
    State(web): State<Web>,
    signed: Signed,
    Path(place): Path<(String, u32)>,
) -> Answer {
    let (ticket, mailed) = message(&web, &signed, &place).await?;
    let body = stream::body(raw::message(&web.desk, &mailed).await?);
    let name = format!("{}-{}.eml", ticket.number, place.1);
    Ok(download::response(&name, &[], Some(mailed.size), body))
}

/// GET /tickets/{number}/entries/{entry}/headers
pub async fn headers(
    State(web): State<Web>,
    signed: Signed,
    Path(place): Path<(String, u32)>,
) -> Answer {
    let (ticket, mailed) = message(&web, &signed, &place).await?;
    let headers = web.desk.message_headers(&mailed).await?;
    let trace = mailed
        .trace
        .lines()
        .filter_map(|line| line.split_once(": "));
    let trace = trace.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(page(&HeadersPage {
        chrome: Chrome::of(&web, &signed, "Headers").await?,
        back: back(&ticket, place.1),
        back_label: format!("#{}", ticket.number),
        source: format!("/tickets/{}/entries/{}/source", ticket.number, place.1),
        headers: trace.chain(headers).collect(),
    }))
}

/// GET /tickets/{number}/entries/{entry}/attachments/{index}/{name}: the name
/// in the address is for people; what is sent is found by the index.
pub async fn attachment(
    State(web): State<Web>,
    signed: Signed,
    Path((number, sequence, index, _)): Path<(String, u32, usize, String)>,
) -> Answer {
    let ticket = ticket(&web, &signed, &number).await?;
    let none = Problem::NotFound("file");
    let entry = web
        .desk
        .entry(ticket.id, sequence)
        .await?
        .ok_or(none.clone())?;
    let (name, size, reader): (String, u64, Box<dyn Read + Send>) = match &entry.body {
        EntryBody::Message(mailed) => {
            let (file, reader) = web.desk.attachment(mailed, index).await?.ok_or(none)?;
            (raw::name_of(&file), file.size, reader)
        }
        EntryBody::Reply(written) | EntryBody::Note(written) => {
            let file = written.uploads.get(index).ok_or(none)?;
            (
                file.name.clone(),
                file.size,
                Box::new(raw::upload(&web.desk, file).await?),
            )
        }
        EntryBody::Event(_) => return Err(none.into()),
    };
    let (start, reader) = raw::peeked(reader, SNIFF).await?;
    Ok(download::response(
        &name,
        &start,
        Some(size),
        stream::body(reader),
    ))
}

async fn message(
    web: &WebState,
    signed: &Signed,
    place: &(String, u32),
) -> Result<(Ticket, Mailed), Trouble> {
    let ticket = ticket(web, signed, &place.0).await?;
    let entry = web.desk.entry(ticket.id, place.1).await?;
    match entry.map(|entry| entry.body) {
        Some(EntryBody::Message(mailed)) => Ok((ticket, *mailed)),
        _ => Err(Trouble::not_found("message")),
    }
}

/// Our trace lines stand before the message, as in a mail program.
async fn whole(web: &WebState, mailed: &Mailed) -> Result<impl Read + Send + use<>, Problem> {
    let trace = std::io::Cursor::new(mailed.trace.clone().into_bytes());
    Ok(trace.chain(raw::message(&web.desk, mailed).await?))
}

fn back(ticket: &Ticket, sequence: u32) -> String {
    format!("/tickets/{}#entry-{sequence}", ticket.number)
}
