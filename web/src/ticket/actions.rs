//! What is done to a ticket with one button: assign, transfer, close, reopen.
//! Each ends on the ticket page, where the conversation tells what happened.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use desk::{AgentId, DepartmentId, Problem, TicketNumber};

use crate::form::Pairs;
use crate::guard::Signed;
use crate::state::{Web, WebState};
use crate::trouble::{Answer, Trouble};

pub async fn assign(
    State(web): State<Web>,
    signed: Signed,
    Path(number): Path<String>,
    pairs: Pairs,
) -> Answer {
    let number = parse(&number)?;
    let to = match pairs.get("to") {
        "me" => Some(signed.agent.id),
        "" => None,
        id => Some(
            id.parse::<AgentId>()
                .map_err(|_| Problem::NotFound("agent"))?,
        ),
    };
    web.desk
        .assign(&web.moment(), &signed.agent, &number, to)
        .await?;
    back(&web, &signed, &number).await
}

pub async fn transfer(
    State(web): State<Web>,
    signed: Signed,
    Path(number): Path<String>,
    pairs: Pairs,
) -> Answer {
    let number = parse(&number)?;
    let to: DepartmentId = pairs
        .get("department")
        .parse()
        .map_err(|_| Problem::NotFound("department"))?;
    web.desk
        .transfer(&web.moment(), &signed.agent, &number, to)
        .await?;
    back(&web, &signed, &number).await
}

pub async fn close(State(web): State<Web>, signed: Signed, Path(number): Path<String>) -> Answer {
    let number = parse(&number)?;
    web.desk
        .close(&web.moment(), &signed.agent, &number)
        .await?;
    back(&web, &signed, &number).await
}

pub async fn reopen(State(web): State<Web>, signed: Signed, Path(number): Path<String>) -> Answer {
    let number = parse(&number)?;
    web.desk
        .reopen(&web.moment(), &signed.agent, &number)
        .await?;
    back(&web, &signed, &number).await
}

pub fn parse(number: &str) -> Result<TicketNumber, Trouble> {
    number.parse().map_err(|_| Trouble::not_found("ticket"))
}

/// To the ticket; to the queue when it went where this agent cannot follow.
async fn back(web: &WebState, signed: &Signed, number: &TicketNumber) -> Result<Response, Trouble> {
    let to = match web.desk.ticket_for(&signed.agent, number).await {
        Ok(_) => format!("/tickets/{number}"),
        Err(Problem::NotFound(_)) => "/queue/open?done=transferred".into(),
        Err(other) => return Err(other.into()),
    };
    Ok(Redirect::to(&to).into_response())
}
