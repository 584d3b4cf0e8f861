//! The pages of agents and administrators. A handler extracts, asks the desk
//! and fills a page struct with finished strings; templates only place them.
//! Sessions, CSRF, roles and security headers are decided in `guard.rs`,
//! by the policy that each route names in `routes.rs`, never in a handler.
#![forbid(unsafe_code)]

mod admin;
mod assets;
mod cookie;
mod download;
mod events;
mod field;
mod form;
mod frame;
mod guard;
mod headers;
mod journal;
mod login;
mod names;
mod outbox;
mod page;
mod profile;
mod queue;
mod raw;
mod render;
mod routes;
mod setup;
mod source;
mod start;
mod state;
mod stream;
mod theme;
mod ticket;
mod trouble;
mod upload;
mod when;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use routes::router;
pub use state::{Clock, WebState};
