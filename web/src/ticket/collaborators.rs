//! POST /tickets/{number}/collaborators: add somebody, include or mute them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use desk::{EmailAddress, Problem};

use crate::form::Pairs;
use crate::guard::Signed;
use crate::state::Web;
use crate::ticket::actions::parse;
use crate::ticket::show;
use crate::trouble::{Answer, sentence};

pub async fn change(
    State(web): State<Web>,
    signed: Signed,
    Path(number): Path<String>,
    pairs: Pairs,
) -> Answer {
    let number = parse(&number)?;
    let (moment, by, address) = (web.moment(), &signed.agent, pairs.get("address"));
    let done = match pairs.get("do") {
        "enable" | "disable" => {
            let known: EmailAddress = address
                .parse()
                .map_err(|_| Problem::NotFound("collaborator"))?;
            web.desk
                .set_collaborator(&moment, by, &number, &known, pairs.get("do") == "enable")
                .await
        }
        _ => {
            let name = Some(pairs.get("name").trim()).filter(|name| !name.is_empty());
            web.desk
                .add_collaborator(&moment, by, &number, address, name)
                .await
        }
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/tickets/{number}")).into_response()),
        Err(problem @ Problem::Invalid(_)) => {
            let ticket = web.desk.ticket_for(by, &number).await?;
            let mut page = show::build(&web, &signed, &ticket, None).await?;
            page.collaborator_problem = Some(sentence(&problem));
            page.collaborator_address = address.into();
            Ok(show::again(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(other) => Err(other.into()),
    }
}
