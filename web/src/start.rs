//! The small routes: the start page, the search by number, the health check
//! and the reports of violated policies.

use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use desk::TicketNumber;
use serde::Deserialize;

use crate::guard::Signed;
use crate::state::Web;
use crate::trouble::{Answer, Trouble};

pub async fn home() -> Redirect {
    Redirect::to("/queue/open")
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    number: String,
}

/// GET /find?number=482913
pub async fn find(State(web): State<Web>, signed: Signed, Query(wanted): Query<Wanted>) -> Answer {
    let text = wanted.number.trim().trim_start_matches('#');
    let number: TicketNumber = text.parse().map_err(|_| Trouble::not_found("ticket"))?;
    web.desk.ticket_for(&signed.agent, &number).await?;
    Ok(Redirect::to(&format!("/tickets/{number}")).into_response())
}

/// GET /healthz: the process answers and its store takes writes.
pub async fn health(State(web): State<Web>) -> Response {
    match web.desk.store().poisoned() {
        None => "ok\n".into_response(),
        Some(why) => {
            tracing::error!(%why, "the store takes no more writes");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the store takes no more writes\n",
            )
                .into_response()
        }
    }
}

/// POST /csp-report: a browser refused something on a page of ours, which is
/// our fault or an attack. At most one line a second, whoever sends them.
pub async fn policy_report(State(web): State<Web>, body: Bytes) -> StatusCode {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let second = web.now().as_second();
    if LAST.swap(second, Ordering::Relaxed) != second {
        let start = &body[..body.len().min(1_000)];
        let report = String::from_utf8_lossy(start).escape_debug().to_string();
        tracing::warn!(%report, "a browser reports a violated content policy");
    }
    StatusCode::NO_CONTENT
}
