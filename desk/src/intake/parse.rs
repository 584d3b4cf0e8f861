//! The first step: bytes become a [`Mail`]. Off the async threads, and never a failure for bytes
//! that make no sense: such a mail is kept and says why it could not be read.

use crate::Problem;
use crate::mail::{self, Mail};
use std::fs::File;
use std::io::Cursor;
use storage::Content;

pub(super) async fn read(content: &Content) -> Result<Mail, Problem> {
    let mail = match content {
        Content::Memory(bytes) => {
            let mut source = Cursor::new(bytes.clone());
            tokio::task::spawn_blocking(move || mail::read(&mut source)).await
        }
        Content::File { path, .. } => {
            let mut source = File::open(path)?;
            tokio::task::spawn_blocking(move || mail::read(&mut source)).await
        }
    };
    mail.map_err(|error| Problem::Store(format!("reading a message failed: {error}")))
}
