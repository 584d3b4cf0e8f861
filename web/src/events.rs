//! GET /events: tells an open page that something it shows has changed. It
//! follows the change log with a cursor of its own, and says only numbers of
//! tickets that this agent may see; the page then fetches itself again.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use desk::change::Change;
use desk::{Agent, Problem};
use futures_util::stream;
use tokio::time::{Instant, sleep, timeout};

use crate::guard::Signed;
use crate::state::Web;
use crate::trouble::Trouble;

/// Changes that come faster than this are told together.
const TOGETHER: Duration = Duration::from_millis(150);
/// How often it is asked whether the session is still open.
const ASK: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 500;

pub async fn follow(
    State(web): State<Web>,
    signed: Signed,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    // After a break the browser says what it saw last.
    let seen = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let newest = web.desk.last_change().await?;
    let follower = Follower {
        hint: web.desk.watch(),
        cursor: seen.filter(|seen| *seen <= newest).unwrap_or(newest),
        token: signed.visit.token.unwrap_or_default(),
        agent: signed.agent,
        asked: Instant::now(),
        told: Instant::now(),
        web,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(25));
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    response.headers_mut().insert(
        "x-accel-buffering",
        axum::http::HeaderValue::from_static("no"),
    );
    Ok(response)
}

struct Follower {
    web: Web,
    agent: Agent,
    token: String,
    hint: tokio::sync::watch::Receiver<u64>,
    cursor: u64,
    asked: Instant,
    told: Instant,
}

impl Follower {
    /// The next event, or `None` when the session or the store is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.asked.elapsed() > ASK && !self.still_open().await.ok()? {
                return None;
            }
            // Marked as seen before the log is read, so that a commit in
            // between wakes the next round.
            self.hint.borrow_and_update();
            if let Some(event) = self.news().await.ok()? {
                self.told = Instant::now();
                return Some(event);
            }
            match timeout(ASK, self.hint.changed()).await {
                Ok(Err(_)) => return None,
                Ok(Ok(())) => sleep(TOGETHER.saturating_sub(self.told.elapsed())).await,
                Err(_) => {}
            }
        }
    }

    async fn news(&mut self) -> Result<Option<Event>, Problem> {
        let changes = self.web.desk.changes(self.cursor, AT_ONCE).await?;
        let Some((last, _)) = changes.last() else {
            return Ok(None);
        };
        self.cursor = *last;
        let seen: Vec<&Change> = changes
            .iter()
            .map(|(_, change)| change)
            .filter(|change| may_see(&self.agent, change))
            .collect();
        Ok((!seen.is_empty()).then(|| event(self.cursor, &seen)))
    }

    async fn still_open(&mut self) -> Result<bool, Problem> {
        self.asked = Instant::now();
        let session = self
            .web
            .desk
            .session(&self.web.moment(), &self.token)
            .await?;
        match session {
            Some(session) => self.agent = session.agent,
            None => return Ok(false),
        }
        Ok(true)
    }
}

fn may_see(agent: &Agent, change: &Change) -> bool {
    change.departments.is_empty() || change.departments.iter().any(|one| agent.reaches(*one))
}

/// One ticket is named; of several the page only learns that there were some.
fn event(position: u64, changes: &[&Change]) -> Event {
    let tickets: BTreeSet<_> = changes
        .iter()
        .filter_map(|change| change.ticket.as_ref())
        .collect();
    let ticket = match tickets.iter().next() {
        Some(number) if tickets.len() == 1 => format!("\"{number}\""),
        _ => "null".into(),
    };
    Event::default()
        .id(position.to_string())
        .event("change")
        .data(format!("{{\"ticket\":{ticket},\"queues\":true}}"))
}
