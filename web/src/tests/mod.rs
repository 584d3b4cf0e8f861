//! The pages as a browser meets them.

mod admin;
mod login;
mod routes;
mod templates;
mod ticket;
