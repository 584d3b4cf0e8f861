//! The door of every route: the right host, a session, the right role, and
//! for every change a request that one of our own forms made. Handlers behind
//! it find a `Visit` and decide none of this again.

mod csrf;
mod host;
mod visit;

pub use visit::{Signed, Visit};

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use desk::Problem;
use desk::session::Session;

use crate::cookie::Cookie;
use crate::download::in_query;
use crate::routes::Policy;
use crate::state::Web;
use crate::trouble::Trouble;

/// What one route asks for.
#[derive(Clone)]
pub struct Gate {
    pub web: Web,
    pub policy: Policy,
}

pub async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if gate.policy == Policy::Open {
        return next.run(request).await;
    }
    match gate.admit(request).await {
        Ok((request, visit)) => gate.mark(&visit, next.run(request).await),
        Err(refusal) => *refusal,
    }
}

impl Gate {
    async fn admit(&self, request: Request) -> Result<(Request, Visit), Box<Response>> {
        if !host::is_ours(&self.web, &request) {
            return Err(refuse(
                StatusCode::MISDIRECTED_REQUEST,
                "This is not the address of this desk.",
            ));
        }
        let token = Cookie::Session.read(request.headers(), self.web.secure());
        let session = self.session(token.map(str::to_owned)).await;
        let session = session.map_err(|problem| trouble(problem.into()))?;
        let visit = Visit::new(&self.web, &request, session);
        self.authorise(&request, visit.session.as_ref())?;
        let mut request = match *request.method() {
            Method::GET | Method::HEAD => request,
            _ => self.own_form(request, &visit).await?,
        };
        request.extensions_mut().insert(visit.clone());
        Ok((request, visit))
    }

    async fn session(&self, token: Option<String>) -> Result<Option<Session>, Problem> {
        match token {
            Some(token) => self.web.desk.session(&self.web.moment(), &token).await,
            None => Ok(None),
        }
    }

    fn authorise(&self, request: &Request, session: Option<&Session>) -> Result<(), Box<Response>> {
        match (self.policy, session) {
            (Policy::Open | Policy::Visitor, _) | (Policy::Agent, Some(_)) => Ok(()),
            (Policy::Admin, Some(session)) if session.agent.admin => Ok(()),
            (Policy::Admin, Some(_)) => Err(trouble(Trouble::Desk(Problem::Forbidden))),
            (Policy::Agent | Policy::Admin, None) => Err(Box::new(to_login(request))),
        }
    }

    async fn own_form(&self, request: Request, visit: &Visit) -> Result<Request, Box<Response>> {
        let foreign = "This form did not come from this desk, or its page is too old. Go back, load the page again and send it once more.";
        if !host::is_own_origin(&self.web, &request) {
            return Err(refuse(StatusCode::FORBIDDEN, foreign));
        }
        match csrf::checked(request, &visit.csrf).await {
            Ok(request) => Ok(request),
            Err(csrf::Refusal::Foreign) => Err(refuse(StatusCode::FORBIDDEN, foreign)),
            Err(csrf::Refusal::TooLarge) => Err(refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "This form is too large.",
            )),
        }
    }

    /// A browser without a session gets the mark that its login form's token
    /// is made of.
    fn mark(&self, visit: &Visit, mut response: Response) -> Response {
        if let Some(mark) = &visit.fresh_mark {
            let cookie = Cookie::Visit.write(Some(mark), self.web.secure());
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Pages lead to the login and from there back; what a script asked for is
/// refused, since it cannot log in.
fn to_login(request: &Request) -> Response {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accept.is_some_and(|kinds| kinds.contains("text/event-stream")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let path = request.uri().path();
    let back = match (request.method(), path.split('/').nth(2)) {
        (&Method::GET, _) => request
            .uri()
            .path_and_query()
            .map_or("/", |whole| whole.as_str())
            .to_owned(),
        // The page on which the form stood: its text waits there as a draft.
        (_, Some(number)) if path.starts_with("/tickets/") => format!("/tickets/{number}"),
        _ => "/".into(),
    };
    Redirect::to(&format!("/login?next={}", in_query(&back))).into_response()
}

fn refuse(status: StatusCode, text: &'static str) -> Box<Response> {
    trouble(Trouble::Refused(status, text))
}

fn trouble(trouble: Trouble) -> Box<Response> {
    Box::new(trouble.into_response())
}
