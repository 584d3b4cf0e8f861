//! Every route with the policy that stands before it. Nothing else says who
//! may reach a page; a test walks this table.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use desk::Problem;

use crate::admin::{self, addresses::Addresses, agents::Agents, departments::Departments};
use crate::guard::{Gate, guard};
use crate::state::{Web, WebState};
use crate::ticket::{actions, collaborators, entry, show, write};
use crate::trouble::Trouble;
use crate::{assets, events, headers, journal, login, outbox, profile, queue, setup, start, theme};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// Anybody and anything: no cookie is looked at, nothing is changed.
    Open,
    /// Anybody in a browser; its forms carry a token.
    Visitor,
    /// Agents. What they may see of tickets the desk decides.
    Agent,
    Admin,
}

pub struct Route {
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "the walk through the table reads it")
    )]
    pub method: &'static str,
    pub path: String,
    pub policy: Policy,
    handler: MethodRouter<Web>,
}

/// The pages of agents and admins, ready to be served.
pub fn router(state: WebState) -> Router {
    let web: Web = Arc::new(state);
    let secure = web.secure();
    let mut router: Router<Web> = Router::new();
    for route in table() {
        let gate = Gate {
            web: web.clone(),
            policy: route.policy,
        };
        router = router.route(
            &route.path,
            route.handler.route_layer(from_fn_with_state(gate, guard)),
        );
    }
    router
        .fallback(async || Trouble::Desk(Problem::NotFound("page")))
        // The forms and the files have limits of their own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(move |request, next| {
            headers::secure(secure, request, next)
        }))
        .with_state(web)
}

pub fn table() -> Vec<Route> {
    use Policy::{Admin, Agent, Open, Visitor};
    let mut table = vec![
        route("GET", "/healthz", Open, get(start::health)),
        route("GET", "/assets/{hash}/{name}", Open, get(assets::serve)),
        route(
            "POST",
            "/csp-report",
            Open,
            post(start::policy_report).layer(DefaultBodyLimit::max(16 * 1024)),
        ),
        route("GET", "/login", Visitor, get(login::form)),
        route("POST", "/login", Visitor, post(login::login)),
        route("POST", "/logout", Visitor, post(login::logout)),
        route("GET", "/setup", Visitor, get(setup::form)),
        route("POST", "/setup", Visitor, post(setup::make)),
        route("POST", "/theme", Visitor, post(theme::choose)),
        route("GET", "/", Agent, get(start::home)),
        route("GET", "/find", Agent, get(start::find)),
        route("GET", "/events", Agent, get(events::follow)),
        route("GET", "/queue/{view}", Agent, get(queue::show)),
        route("GET", "/tickets/{number}", Agent, get(show::show)),
        route("POST", "/tickets/{number}/reply", Agent, post(write::reply)),
        route("POST", "/tickets/{number}/note", Agent, post(write::note)),
        route(
            "POST",
            "/tickets/{number}/assign",
            Agent,
            post(actions::assign),
        ),
        route(
            "POST",
            "/tickets/{number}/transfer",
            Agent,
            post(actions::transfer),
        ),
        route(
            "POST",
            "/tickets/{number}/close",
            Agent,
            post(actions::close),
        ),
        route(
            "POST",
            "/tickets/{number}/reopen",
            Agent,
            post(actions::reopen),
        ),
        route(
            "POST",
            "/tickets/{number}/collaborators",
            Agent,
            post(collaborators::change),
        ),
        route(
            "GET",
            "/tickets/{number}/entries/{entry}/html",
            Agent,
            get(entry::html),
        ),
        route(
            "GET",
            "/tickets/{number}/entries/{entry}/source",
            Agent,
            get(entry::source),
        ),
        route(
            "GET",
            "/tickets/{number}/entries/{entry}/message.eml",
            Agent,
            get(entry::download),
        ),
        route(
            "GET",
            "/tickets/{number}/entries/{entry}/headers",
            Agent,
            get(entry::headers),
        ),
        route(
            "GET",
            "/tickets/{number}/entries/{entry}/attachments/{index}/{name}",
            Agent,
            get(entry::attachment),
        ),
        route("GET", "/outbox", Admin, get(outbox::list)),
        route("GET", "/outbox/{letter}", Agent, get(outbox::letter::show)),
        route(
            "GET",
            "/outbox/{letter}/html",
            Agent,
            get(outbox::letter::html),
        ),
        route(
            "GET",
            "/outbox/{letter}/source",
            Agent,
            get(outbox::letter::source),
        ),
        route(
            "GET",
            "/outbox/{letter}/letter.eml",
            Agent,
            get(outbox::letter::download),
        ),
        route("GET", "/journal", Admin, get(journal::show)),
        route("GET", "/profile", Agent, get(profile::show)),
        route("POST", "/profile", Agent, post(profile::save)),
        route("POST", "/profile/password", Agent, post(profile::password)),
    ];
    table.extend(admin::screen::routes::<Departments>());
    table.extend(admin::screen::routes::<Addresses>());
    table.extend(admin::screen::routes::<Agents>());
    table
}

pub fn route(
    method: &'static str,
    path: impl Into<String>,
    policy: Policy,
    handler: MethodRouter<Web>,
) -> Route {
    Route {
        method,
        path: path.into(),
        policy,
        handler,
    }
}
