//! The pages as a browser meets them.

mod admin;
mod entry;
mod live;
mod login;
mod routes;
mod templates;
mod ticket;
mod write;
