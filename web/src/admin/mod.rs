//! The settings

pub mod screen;
