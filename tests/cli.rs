//! The built program as people and mail servers call it: exit codes, one-line errors, JSON, and
//! the same answers with a server running and without one.
#![forbid(unsafe_code)]

#[path = "cli/program.rs"]
mod program;

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/desk.rs"]
mod desk;
#[path = "cli/serving.rs"]
mod serving;
#[path = "cli/store_copy.rs"]
mod store_copy;
