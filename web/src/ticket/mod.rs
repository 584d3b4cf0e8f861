//! The ticket page and everything that is done on it.

pub mod actions;
pub mod collaborators;
pub mod entry;
mod letter;
pub mod page;
pub mod show;
pub mod write;
