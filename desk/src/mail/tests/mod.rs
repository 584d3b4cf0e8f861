//! Whole mails: the corpus in `testdata`, any bytes, hostile sizes, and what we make ourselves.

mod any_bytes;
mod bombs;
mod corpus;
mod round_trip;

use std::io::Cursor;

use super::{Mail, read};

fn read_bytes(bytes: &[u8]) -> Mail {
    read(&mut Cursor::new(bytes))
}
