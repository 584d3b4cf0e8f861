//! GET and POST /profile, POST /profile/password: what an agent changes about
//! themselves.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use desk::Problem;

use crate::field::{Field, Input, Problems};
use crate::form::Pairs;
use crate::guard::Signed;
use crate::login;
use crate::page::Chrome;
use crate::render::{page, page_with};
use crate::state::Web;
use crate::trouble::{Answer, sentence};

#[derive(Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    pub chrome: Chrome,
    pub problem: Option<String>,
    pub profile: Vec<Field>,
    pub password: Vec<Field>,
}

const TITLE: &str = "Your profile";

pub async fn show(State(web): State<Web>, signed: Signed) -> Answer {
    let agent = &signed.agent;
    Ok(page(&ProfilePage {
        chrome: Chrome::of(&web, &signed, TITLE).await?,
        problem: None,
        profile: fields(&agent.name, &agent.signature, agent.shortcuts),
        password: password_fields(),
    }))
}

pub async fn save(State(web): State<Web>, signed: Signed, pairs: Pairs) -> Answer {
    let (name, signature) = (pairs.get("name"), pairs.get("signature"));
    let shortcuts = pairs.checked("shortcuts");
    let saved = web
        .desk
        .save_profile(&web.moment(), signed.agent.id, name, signature, shortcuts)
        .await;
    let Err(problem) = saved else {
        return Ok(Redirect::to("/profile?done=saved").into_response());
    };
    let mut profile = fields(name, signature, shortcuts);
    let problem = Problems::of(problem)?.place(&mut profile);
    let chrome = Chrome::of(&web, &signed, TITLE).await?;
    let page = ProfilePage {
        chrome,
        problem,
        profile,
        password: password_fields(),
    };
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Every session of the agent ends with the old password, this one too: a
/// fresh one begins at once.
pub async fn password(State(web): State<Web>, signed: Signed, pairs: Pairs) -> Answer {
    let (agent, new) = (&signed.agent, pairs.get("new"));
    let changed = web
        .desk
        .change_password(&web.moment(), agent.id, pairs.get("old"), new)
        .await;
    let Err(problem) = changed else {
        let session = web
            .desk
            .login(&web.moment(), &agent.login, new, signed.visit.peer)
            .await;
        return match session {
            Ok(session) => {
                login::begin(&web, &signed.visit, &session, "/profile?done=password").await
            }
            Err(Problem::TooMany { .. }) => Ok(Redirect::to("/login").into_response()),
            Err(other) => Err(other.into()),
        };
    };
    let mut password = password_fields();
    let above = sentence(&problem);
    // The desk speaks of the password; here the field is called the new one.
    let mut problems = Problems::of(rename(problem))?;
    if problems.is_empty() {
        problems.above(above);
    }
    let problem = problems.place(&mut password);
    let profile = fields(&agent.name, &agent.signature, agent.shortcuts);
    let chrome = Chrome::of(&web, &signed, TITLE).await?;
    Ok(page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &ProfilePage {
            chrome,
            problem,
            profile,
            password,
        },
    ))
}

fn rename(problem: Problem) -> Problem {
    match problem {
        Problem::Invalid(mut list) => {
            for one in list.iter_mut().filter(|one| one.field == "password") {
                one.field = "new";
            }
            Problem::Invalid(list)
        }
        other => other,
    }
}

fn fields(name: &str, signature: &str, shortcuts: bool) -> Vec<Field> {
    vec![
        Field::line("name", "Name", name)
            .required()
            .autocomplete("name")
            .hint("Colleagues see it on every ticket."),
        Field::text("signature", "Signature", signature, 4),
        Field::check("shortcuts", "Single keys act (j, k, r, n, /, ?)", shortcuts)
            .hint("Switch this off if you dictate, or if keys are pressed by accident."),
    ]
}

fn password_fields() -> Vec<Field> {
    vec![
        Field::password("old", "Present password", "current-password").required(),
        Field::password("new", "New password", "new-password")
            .required()
            .hint("At least ten characters. Every other session of yours ends."),
    ]
}
