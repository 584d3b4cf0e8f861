//! What a reader is told when a page cannot be shown. The desk's problems
//! have words for people; the details of our own faults go to the log alone.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use desk::Problem;

use crate::page::Chrome;
use crate::render::page_with;

#[derive(Template)]
#[template(path = "trouble.html")]
pub struct TroublePage {
    pub chrome: Chrome,
    pub heading: &'static str,
    pub text: String,
}

#[derive(Debug)]
pub enum Trouble {
    Desk(Problem),
    Refused(StatusCode, &'static str),
}

/// What a handler answers.
pub type Answer = Result<Response, Trouble>;

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Trouble {
        Trouble::Desk(problem)
    }
}

impl Trouble {
    pub fn not_found(what: &'static str) -> Trouble {
        Trouble::Desk(Problem::NotFound(what))
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (status, heading, text) = match &self {
            Trouble::Refused(status, text) => {
                (*status, "This was not accepted", (*text).to_owned())
            }
            Trouble::Desk(problem) => told(problem),
        };
        let chrome = Chrome::outside(heading);
        let mut response = page_with(
            status,
            &TroublePage {
                chrome,
                heading,
                text,
            },
        );
        if let Trouble::Desk(Problem::TooMany { seconds }) = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn told(problem: &Problem) -> (StatusCode, &'static str, String) {
    match problem {
        Problem::NotFound(what) => (
            StatusCode::NOT_FOUND,
            "Not found",
            format!("There is no such {what}, or you may not see it."),
        ),
        Problem::Forbidden => (StatusCode::FORBIDDEN, "Not allowed", sentence(problem)),
        Problem::Invalid(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "This was not accepted",
            sentence(problem),
        ),
        Problem::Stale { .. } => (
            StatusCode::CONFLICT,
            "Something came first",
            sentence(problem),
        ),
        Problem::TooMany { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tries",
            sentence(problem),
        ),
        Problem::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "One moment",
            sentence(problem),
        ),
        Problem::Store(why) => {
            tracing::error!(%why, "a page could not reach the store");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something is broken here",
                sentence(problem),
            )
        }
    }
}

/// The desk's words as a sentence of a page.
pub fn sentence(problem: &Problem) -> String {
    capital(&problem.to_string())
}

pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_become_sentences() {
        assert_eq!(
            capital("there is no such ticket"),
            "There is no such ticket."
        );
        assert_eq!(capital("Stop!"), "Stop!");
        assert_eq!(capital(""), ".");
    }

    #[test]
    fn faults_of_the_store_are_not_shown() {
        let (status, _, text) = told(&Problem::Store("/secret/path: checksum".into()));
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!text.contains("secret"));
    }

    #[test]
    fn too_many_tries_say_when_to_come_back() {
        let response = Trouble::Desk(Problem::TooMany { seconds: 42 }).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "42");
    }
}
