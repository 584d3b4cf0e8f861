//! One request as the handlers see it: who asks, from which page, with which
//! token in its forms and in which colours.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use desk::Agent;
use desk::session::Session;
use sha2::{Digest, Sha256};

use crate::cookie::Cookie;
use crate::state::Web;

#[derive(Clone)]
pub struct Visit {
    pub csrf: String,
    /// Path and query.
    pub path: String,
    pub theme: Option<&'static str>,
    pub peer: IpAddr,
    pub session: Option<Session>,
    /// The cookie of the session, to end it by.
    pub token: Option<String>,
    /// A mark that this browser does not have yet.
    pub(super) fresh_mark: Option<String>,
}

impl Visit {
    pub(super) fn new(web: &Web, request: &Request, session: Option<Session>) -> Visit {
        let (headers, secure) = (request.headers(), web.secure());
        let token = Cookie::Session.read(headers, secure).map(str::to_owned);
        let known_mark = Cookie::Visit
            .read(headers, secure)
            .filter(|mark| mark.len() >= 22);
        let fresh_mark = (session.is_none() && known_mark.is_none())
            .then(|| BASE64URL_NOPAD.encode(&web.moment().bytes::<16>()));
        let csrf = match (&session, known_mark.or(fresh_mark.as_deref())) {
            (Some(session), _) => session.csrf.clone(),
            (None, Some(mark)) => visitors_token(mark),
            (None, None) => String::new(),
        };
        let theme = match Cookie::Theme.read(headers, secure) {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        };
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Visit {
            csrf,
            path: path.to_owned(),
            theme,
            peer: peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip()),
            session,
            token,
            fresh_mark,
        }
    }
}

/// What the login form carries: who can read the cookie can make it, and no
/// other site can read the cookie.
fn visitors_token(mark: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"maildesk login form\0");
    hash.update(mark.as_bytes());
    BASE64URL_NOPAD.encode(&hash.finalize())
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, StatusCode> {
        // Only a route without a gate could lack it.
        parts
            .extensions
            .get::<Visit>()
            .cloned()
            .ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A visit of somebody who is logged in.
pub struct Signed {
    pub agent: Agent,
    pub visit: Visit,
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Signed, StatusCode> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let session = visit.session.clone().ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Signed {
            agent: session.agent,
            visit,
        })
    }
}
