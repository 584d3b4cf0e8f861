//! Mail as bytes: the reader of a stored message, of a letter, of one
//! attachment. Reading is blocking and happens on a thread for it.

use std::io::{self, Read, Seek, SeekFrom};

use desk::letter::{Letter, LetterSource};
use desk::mail::decode::decoder;
use desk::mail::{self, Attachment, Mail};
use desk::ticket::{Mailed, Upload};
use desk::{Desk, Problem};
use tokio::task::spawn_blocking;

/// More of a letter than this is not looked at for its page.
const LOOKED_AT: u64 = 64 * 1024 * 1024;

/// A message exactly as it was transmitted.
pub async fn message(desk: &Desk, mailed: &Mailed) -> Result<impl Read + Seek + Send + use<>, Problem> {
    let reader = desk.store().blobs().open(&mailed.raw).await?;
    reader.ok_or(Problem::NotFound("message"))
}

/// The decoded bytes of one attachment, read out of its message.
pub async fn attachment(desk: &Desk, mailed: &Mailed, file: &Attachment) -> Result<impl Read + Send + use<>, Problem> {
    let mut reader = message(desk, mailed).await?;
    let (start, length, encoding) = (file.start, file.length, file.encoding);
    let reader = spawn_blocking(move || reader.seek(SeekFrom::Start(start)).map(|_| reader));
    let reader = reader.await.map_err(io::Error::other)??;
    Ok(decoder(reader.take(length), encoding))
}

/// A file that an agent attached.
pub async fn upload(desk: &Desk, upload: &Upload) -> Result<impl Read + Send + use<>, Problem> {
    let reader = desk.store().blobs().open(&upload.blob).await?;
    reader.ok_or(Problem::NotFound("file"))
}

pub async fn letter(desk: &Desk, letter: &Letter) -> Result<LetterSource, Problem> {
    desk.letter_source(letter).await
}

/// What the reader's message says, for a page.
pub async fn understood(reader: impl Read + Send + 'static) -> Result<Mail, Problem> {
    let read = spawn_blocking(move || -> io::Result<Mail> {
        let mut bytes = Vec::new();
        reader.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(mail::read(&mut io::Cursor::new(bytes)))
    });
    Ok(read.await.map_err(io::Error::other)??)
}

/// The same of a stored message, which is read in place.
pub async fn understood_in_place(mut reader: impl Read + Seek + Send + 'static) -> Result<Mail, Problem> {
    let read = spawn_blocking(move || mail::read(&mut reader));
    Ok(read.await.map_err(io::Error::other)?)
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

pub fn name_of(file: &Attachment) -> String {
    let fallback = || format!("file.{}", file.kind.rsplit('/').next().unwrap_or("bin"));
    file.name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(fallback)
}
