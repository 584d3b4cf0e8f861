//! Mail as bytes behind the pages. Reading is blocking and happens on a
//! thread for it.

use std::io::{self, Read};

use desk::letter::Letter;
use desk::mail::{self, Attachment, Mail};
use desk::ticket::{Mailed, Upload};
use desk::{Desk, Problem};
use tokio::task::spawn_blocking;

/// More of a letter than this is not looked at for its page.
const LOOKED_AT: u64 = 64 * 1024 * 1024;

/// A message exactly as it was transmitted.
pub async fn message(desk: &Desk, mailed: &Mailed) -> Result<impl Read + Send + use<>, Problem> {
    desk.raw(&mailed.raw)
        .await?
        .ok_or(Problem::NotFound("message"))
}

/// A file that an agent attached.
pub async fn upload(desk: &Desk, upload: &Upload) -> Result<impl Read + Send + use<>, Problem> {
    desk.raw(&upload.blob)
        .await?
        .ok_or(Problem::NotFound("file"))
}

/// What a letter says, read back from its bytes.
pub async fn letter(desk: &Desk, letter: &Letter) -> Result<Mail, Problem> {
    let source = desk.letter_source(letter).await?;
    let read = spawn_blocking(move || -> io::Result<Mail> {
        let mut bytes = Vec::new();
        source.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(mail::read(&mut io::Cursor::new(bytes)))
    });
    Ok(read.await.map_err(io::Error::other)??)
}

/// The first bytes of something, and all of it again.
pub async fn peeked(
    mut reader: impl Read + Send + 'static,
    length: usize,
) -> Result<(Vec<u8>, impl Read + Send + 'static), Problem> {
    let peek = spawn_blocking(move || -> io::Result<_> {
        let mut start = Vec::with_capacity(length);
        (&mut reader).take(length as u64).read_to_end(&mut start)?;
        Ok((start.clone(), io::Cursor::new(start).chain(reader)))
    });
    Ok(peek.await.map_err(io::Error::other)??)
}

/// What a file is called when its sender gave it no name.
pub fn name_of(file: &Attachment) -> String {
    let fallback = || format!("file.{}", file.kind.rsplit('/').next().unwrap_or("bin"));
    file.name
        .clone()
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(fallback)
}
