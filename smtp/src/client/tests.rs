//! The client against our own server, and against servers that follow a script.

mod auth;
mod breaking;
mod delivery;
mod script;
mod security;
