//! GET and POST /login, POST /logout. A session begins with a fresh token
//! each time, and the one the browser had before ends.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use desk::Problem;
use desk::session::NewSession;
use serde::Deserialize;

use crate::cookie::Cookie;
use crate::form::Pairs;
use crate::guard::Visit;
use crate::page::Chrome;
use crate::render::{page, page_with};
use crate::state::{Web, WebState};
use crate::trouble::{Answer, Trouble, sentence};

#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    pub chrome: Chrome,
    pub login: String,
    pub next: String,
    pub problem: Option<String>,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

pub async fn form(State(web): State<Web>, visit: Visit, Query(query): Query<Next>) -> Answer {
    let next = local(&query.next).to_owned();
    if visit.session.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    if web.setup_token.is_some() && !web.desk.any_agent().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let chrome = Chrome::of_visit(&visit, "Log in");
    Ok(page(&LoginPage {
        chrome,
        login: String::new(),
        next,
        problem: None,
    }))
}

pub async fn login(State(web): State<Web>, visit: Visit, pairs: Pairs) -> Answer {
    let (login, next) = (pairs.get("login"), local(pairs.get("next")));
    let opened = web
        .desk
        .login(&web.moment(), login, pairs.get("password"), visit.peer)
        .await;
    let status = match &opened {
        Ok(session) => return begin(&web, &visit, session, next).await,
        Err(Problem::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        Err(Problem::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Err(other) => return Err(Trouble::Desk(other.clone())),
    };
    let chrome = Chrome::of_visit(&visit, "Log in");
    let problem = opened.err().map(|problem| sentence(&problem));
    Ok(page_with(
        status,
        &LoginPage {
            chrome,
            login: login.into(),
            next: next.into(),
            problem,
        },
    ))
}

pub async fn logout(State(web): State<Web>, visit: Visit) -> Answer {
    if let Some(token) = &visit.token {
        web.desk.logout(token).await?;
    }
    let cookie = Cookie::Session.write(None, web.secure());
    Ok((
        [(header::SET_COOKIE, cookie)],
        Redirect::to("/login?done=logout"),
    )
        .into_response())
}

/// Sends the browser on with its new session.
pub async fn begin(web: &WebState, visit: &Visit, session: &NewSession, next: &str) -> Answer {
    if let Some(old) = &visit.token {
        web.desk.logout(old).await?;
    }
    let cookie = Cookie::Session.write(Some(&session.token), web.secure());
    let response: Response = ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response();
    Ok(response)
}

/// A page of ours to go on to; anything that could be elsewhere is the start
/// page. Browsers read "//" and "/\" as another host, and drop tabs and line
/// ends first.
pub fn local(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|b| b.is_ascii_graphic());
    if own && path != "/login" { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_gone_on_to() {
        for own in ["/", "/tickets/482913?x=1#entry-3", "/queue/open"] {
            assert_eq!(local(own), own);
        }
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/x y",
            "javascript:alert(1)",
        ] {
            assert_eq!(local(foreign), "/", "{foreign}");
        }
    }
}
