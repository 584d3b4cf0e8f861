//! The pages of agents and administrators. A handler extracts, asks the desk
//! and fills a page struct with finished strings; templates only place them.
//! Sessions, CSRF, roles and security headers are decided in `guard.rs`,
//! by the policy that each route names in `routes.rs`, never in a handler.
#![forbid(unsafe_code)]

mod admin;
mod assets;
mod field;
#[cfg(test)]
mod gallery;
mod journal;
mod login;
mod outbox;
mod page;
mod profile;
mod queue;
mod render;
mod setup;
mod source;
mod ticket;
mod trouble;
