//! The settings. A screen is a file of about fifty lines that says what its
//! records are; `screen.rs` makes list, form, switch and deletion of it.

pub mod addresses;
pub mod agents;
pub mod departments;
pub mod screen;
