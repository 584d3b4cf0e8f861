//! The ticket page and everything that is done on it.

pub mod page;
