#![forbid(unsafe_code)]

pub mod mail;
