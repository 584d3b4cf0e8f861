//! GET /outbox/{letter} and what stands behind it: the letter as it leaves,
//! read back from its own bytes, so that the page shows what is sent and not
//! what was meant.

use askama::Template;
use axum::extract::{Path, State};
use desk::authz::{Action, Object};
use desk::letter::Letter;
use desk::mail::Mail;
use desk::{LetterId, Problem};

use crate::download;
use crate::frame;
use crate::guard::Signed;
use crate::page::Chrome;
use crate::raw;
use crate::render::page;
use crate::source::{SourcePage, shown};
use crate::state::{Web, WebState};
use crate::stream;
use crate::ticket::page::Delivery;
use crate::trouble::{Answer, Trouble};
use crate::when;

#[derive(Template)]
#[template(path = "outbox/letter.html")]
pub struct LetterPage {
    pub chrome: Chrome,
    pub number: String,
    pub ticket_href: String,
    pub state: &'static str,
    pub tone: &'static str,
    pub subject: String,
    pub source: String,
    pub pairs: Vec<(&'static str, String)>,
    pub recipients: Vec<Delivery>,
    /// Safe HTML made from the text.
    pub text: String,
    pub frame: Option<String>,
    pub attachments: Vec<String>,
    pub headers: String,
}

pub async fn show(State(web): State<Web>, signed: Signed, Path(id): Path<String>) -> Answer {
    let letter = letter(&web, &signed, &id).await?;
    let mail = raw::letter(&web.desk, &letter).await?;
    let state = letter.state(web.hold);
    let at = |field: &str| header(&mail, field);
    Ok(page(&LetterPage {
        chrome: Chrome::of(&web, &signed, &letter.subject).await?,
        number: letter.number.to_string(),
        ticket_href: format!("/tickets/{}#entry-{}", letter.number, letter.sequence),
        state,
        tone: super::tone(state),
        subject: letter.subject.clone(),
        source: format!("/outbox/{}/source", letter.id),
        pairs: [
            ("From", Some(letter.from.clone())),
            ("To", at("to")),
            ("Cc", at("cc")),
            ("Written", Some(when::full(letter.created, &web.zone))),
            ("Size", Some(when::size(letter.size))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect(),
        recipients: letter
            .recipients
            .iter()
            .map(|one| super::delivery(&web, &letter, one))
            .collect(),
        text: desk::mail::linkify::text_to_html(&mail.body_text),
        frame: mail
            .html
            .is_some()
            .then(|| format!("/outbox/{}/html", letter.id)),
        attachments: mail
            .attachments
            .iter()
            .map(|file| format!("{}, {}", raw::name_of(file), when::size(file.size)))
            .collect(),
        headers: mail
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect(),
    }))
}

/// GET /outbox/{letter}/html: the document in the frame.
pub async fn html(State(web): State<Web>, signed: Signed, Path(id): Path<String>) -> Answer {
    let letter = letter(&web, &signed, &id).await?;
    let mail = raw::letter(&web.desk, &letter).await?;
    let safe = mail
        .html
        .and_then(|html| desk::mail::html::safe(&html, &|_| None));
    Ok(frame::document(
        safe.map(|safe| (safe.html, safe.blocked_images)),
    ))
}

/// GET /outbox/{letter}/source
pub async fn source(State(web): State<Web>, signed: Signed, Path(id): Path<String>) -> Answer {
    let letter = letter(&web, &signed, &id).await?;
    let (text, cut) = shown(web.desk.letter_source(&letter).await?).await?;
    Ok(page(&SourcePage {
        chrome: Chrome::of(&web, &signed, "Source").await?,
        back: format!("/outbox/{}", letter.id),
        back_label: letter.subject.clone(),
        heading: "Source",
        download: Some(format!("/outbox/{}/letter.eml", letter.id)),
        cut,
        text,
    }))
}

/// GET /outbox/{letter}/letter.eml
pub async fn download(State(web): State<Web>, signed: Signed, Path(id): Path<String>) -> Answer {
    let letter = letter(&web, &signed, &id).await?;
    let body = stream::body(web.desk.letter_source(&letter).await?);
    let name = format!("{} {}.eml", letter.number, letter.subject);
    Ok(download::response(&name, &[], Some(letter.size), body))
}

/// A letter is seen by who may see its ticket.
async fn letter(web: &WebState, signed: &Signed, id: &str) -> Result<Letter, Trouble> {
    let none = Problem::NotFound("letter");
    let id: LetterId = id.parse().map_err(|_| none.clone())?;
    let letter = web.desk.letter(id).await?.ok_or(none.clone())?;
    let ticket = web.desk.ticket(letter.ticket).await?.ok_or(none.clone())?;
    signed
        .agent
        .must(Action::View, Object::Ticket(&ticket))
        .map_err(|_| none)?;
    Ok(letter)
}

fn header(mail: &Mail, name: &str) -> Option<String> {
    mail.headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.clone())
}
