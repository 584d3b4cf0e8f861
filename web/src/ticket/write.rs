//! POST /tickets/{number}/reply and /note. The two are separate forms with
//! separate handlers, so that a note can never become a letter. What cannot
//! be accepted comes back on the page with its text.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use desk::ticket::{Answer as Written, Note};
use desk::{EmailAddress, Problem, Ticket};

use crate::guard::Signed;
use crate::state::{Web, WebState};
use crate::ticket::page::TicketPage;
use crate::ticket::{actions::parse, show};
use crate::trouble::{Answer, Trouble, sentence};
use crate::upload::{self, Sent};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Reply,
    Note,
}

pub async fn reply(
    State(web): State<Web>,
    signed: Signed,
    Path(number): Path<String>,
    form: Multipart,
) -> Answer {
    let number = parse(&number)?;
    let ticket = web.desk.ticket_for(&signed.agent, &number).await?;
    let mut sent = upload::read(&web.desk, form).await?;
    let answer = Written {
        text: sent.get("body").to_owned(),
        files: sent.take_files(),
        seen: Some(sent.get("last_entry").parse().unwrap_or(0)),
        cc: sent.has("cc_shown").then(|| copied(&sent)),
        close: sent.has("close"),
    };
    match web
        .desk
        .reply(&web.moment(), &signed.agent, &number, answer)
        .await
    {
        Ok(replied) => Ok(Redirect::to(&format!(
            "/tickets/{number}?sent=reply#entry-{}",
            replied.sequence
        ))
        .into_response()),
        Err(problem) => refused(&web, &signed, &ticket, Which::Reply, &sent, problem).await,
    }
}

pub async fn note(
    State(web): State<Web>,
    signed: Signed,
    Path(number): Path<String>,
    form: Multipart,
) -> Answer {
    let number = parse(&number)?;
    let ticket = web.desk.ticket_for(&signed.agent, &number).await?;
    let mut sent = upload::read(&web.desk, form).await?;
    let note = Note {
        text: sent.get("body").to_owned(),
        files: sent.take_files(),
    };
    match web
        .desk
        .note(&web.moment(), &signed.agent, &number, note)
        .await
    {
        Ok(sequence) => Ok(
            Redirect::to(&format!("/tickets/{number}?sent=note#entry-{sequence}")).into_response(),
        ),
        Err(problem) => refused(&web, &signed, &ticket, Which::Note, &sent, problem).await,
    }
}

fn copied(sent: &Sent) -> Vec<EmailAddress> {
    sent.all("cc")
        .filter_map(|address| address.parse().ok())
        .collect()
}

/// The page again: the text kept, the problem above it, newer entries marked.
async fn refused(
    web: &WebState,
    signed: &Signed,
    before: &Ticket,
    which: Which,
    sent: &Sent,
    problem: Problem,
) -> Answer {
    let status = match &problem {
        Problem::Stale { .. } => StatusCode::CONFLICT,
        Problem::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => return Err(Trouble::Desk(problem)),
    };
    let ticket = web.desk.ticket_for(&signed.agent, &before.number).await?;
    let mut page = show::build(web, signed, &ticket, None).await?;
    fill(&mut page, which, sent);
    match problem {
        Problem::Stale { .. } => page.composer.collision = Some(collision(&mut page, sent)),
        other => page.composer.problem = Some(sentence(&other)),
    }
    Ok(show::again(status, &page))
}

fn fill(page: &mut TicketPage, which: Which, sent: &Sent) {
    let composer = &mut page.composer;
    composer.kept = true;
    composer.note_first = which == Which::Note;
    match which {
        Which::Note => composer.note_text = sent.get("body").into(),
        Which::Reply => {
            composer.reply_text = sent.get("body").into();
            composer.close = sent.has("close");
            if sent.has("cc_shown") {
                for copy in &mut composer.copies {
                    copy.chosen = sent.all("cc").any(|address| address == copy.value);
                }
            }
        }
    }
}

fn collision(page: &mut TicketPage, sent: &Sent) -> String {
    let seen: u32 = sent.get("last_entry").parse().unwrap_or(0);
    let mut fresh = 0;
    for entry in page
        .entries
        .iter_mut()
        .filter(|entry| entry.sequence > seen)
    {
        entry.fresh = true;
        fresh += 1;
    }
    let files = if sent.had_files() {
        " Attach your files again."
    } else {
        ""
    };
    let entries = if fresh == 1 {
        "one entry, marked above".into()
    } else {
        format!("{fresh} entries, marked above")
    };
    format!(
        "New since you began: {entries}. Your text is kept; read it again, then send it.{files}"
    )
}
