//! POST /theme: the colours of this browser, kept in a cookie.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect};

use crate::cookie::Cookie;
use crate::form::Pairs;
use crate::login::local;
use crate::state::Web;
use crate::trouble::Answer;

pub async fn choose(State(web): State<Web>, pairs: Pairs) -> Answer {
    let theme = match pairs.get("to") {
        chosen @ ("light" | "dark") => Some(chosen),
        _ => None,
    };
    let cookie = Cookie::Theme.write(theme, web.secure());
    let back = Redirect::to(local(pairs.get("back")));
    Ok(([(header::SET_COOKIE, cookie)], back).into_response())
}
