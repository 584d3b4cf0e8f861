//! A form with files, read piece by piece. A small file stays in memory, a
//! larger one goes to the store's spool with its hash counted on the way; at
//! no time is one of them in memory as a whole.

use std::path::PathBuf;

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use desk::ticket::Attached;
use desk::{Content, Desk, Problem};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::form::LARGEST_FORM;
use crate::trouble::Trouble;

/// Bytes of all files of one entry together.
pub const LARGEST: u64 = 100 * 1000 * 1000;
/// From here on a file goes to the spool.
const IN_MEMORY: usize = 64 * 1024;
const MOST_PARTS: usize = 200;

/// A form as it came in: its texts and its files.
#[derive(Default)]
pub struct Sent {
    texts: Vec<(String, String)>,
    files: Vec<Spooled>,
    had_files: bool,
}

impl Sent {
    pub fn get(&self, name: &str) -> &str {
        self.texts
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.texts.iter().any(|(key, _)| key == name)
    }

    pub fn had_files(&self) -> bool {
        self.had_files
    }

    pub fn take_files(&mut self) -> Vec<Attached> {
        std::mem::take(&mut self.files)
            .into_iter()
            .map(Spooled::attached)
            .collect()
    }
}

pub async fn read(desk: &Desk, mut form: Multipart) -> Result<Sent, Trouble> {
    let mut sent = Sent::default();
    let (mut room, mut text_room) = (LARGEST, LARGEST_FORM as u64);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if sent.texts.len() + sent.files.len() >= MOST_PARTS {
            return Err(Trouble::Refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "This form has too many parts.",
            ));
        }
        match field.file_name().map(str::to_owned) {
            // Browsers send an empty part when no file is chosen.
            Some(name) => {
                let file = spool(desk, name, field, &mut room).await?;
                if !(file.name.is_empty() && file.size == 0) {
                    sent.had_files = true;
                    sent.files.push(file);
                }
            }
            None => {
                let name = field.name().unwrap_or_default().to_owned();
                sent.texts.push((name, text(field, &mut text_room).await?));
            }
        }
    }
    Ok(sent)
}

async fn text(mut field: Field<'_>, room: &mut u64) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        take_room(room, piece.len())?;
        bytes.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn spool(
    desk: &Desk,
    name: String,
    mut field: Field<'_>,
    room: &mut u64,
) -> Result<Spooled, Trouble> {
    let mut file = Spooled::new(name);
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        take_room(room, piece.len())?;
        file.write(desk, &piece).await.map_err(Problem::from)?;
    }
    file.finish().await.map_err(Problem::from)?;
    Ok(file)
}

fn take_room(room: &mut u64, size: usize) -> Result<(), Trouble> {
    let too_large = Trouble::Refused(
        StatusCode::PAYLOAD_TOO_LARGE,
        "This is too large: all files together may have 100 MB.",
    );
    *room = room.checked_sub(size as u64).ok_or(too_large)?;
    Ok(())
}

fn broken(error: MultipartError) -> Trouble {
    tracing::debug!(%error, "a form with files broke off");
    Trouble::Refused(
        StatusCode::BAD_REQUEST,
        "The form broke off before its end. Send it once more.",
    )
}

/// A file on its way in. Dropped before it was handed on, it leaves nothing.
struct Spooled {
    name: String,
    size: u64,
    memory: Vec<u8>,
    hash: Sha256,
    on_disk: Option<(File, PathBuf)>,
}

impl Spooled {
    fn new(name: String) -> Spooled {
        Spooled {
            name,
            size: 0,
            memory: Vec::new(),
            hash: Sha256::new(),
            on_disk: None,
        }
    }

    async fn write(&mut self, desk: &Desk, piece: &[u8]) -> std::io::Result<()> {
        self.size += piece.len() as u64;
        self.hash.update(piece);
        if self.on_disk.is_none() && self.memory.len() + piece.len() > IN_MEMORY {
            self.move_to_disk(desk).await?;
        }
        match &mut self.on_disk {
            Some((file, _)) => file.write_all(piece).await,
            None => {
                self.memory.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    async fn move_to_disk(&mut self, desk: &Desk) -> std::io::Result<()> {
        let name = format!("upload-{:032x}", u128::from_ne_bytes(random()?));
        let path = desk.store().blobs().spool_dir().join(name);
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .open(&path)
            .await?;
        file.write_all(&self.memory).await?;
        self.memory = Vec::new();
        self.on_disk = Some((file, path));
        Ok(())
    }

    async fn finish(&mut self) -> std::io::Result<()> {
        match &mut self.on_disk {
            Some((file, _)) => file.flush().await,
            None => Ok(()),
        }
    }

    fn attached(mut self) -> Attached {
        let content = match self.on_disk.take() {
            Some((_, path)) => Content::File {
                path,
                size: self.size,
                sha256: self.hash.clone().finalize().into(),
            },
            None => Content::Memory(std::mem::take(&mut self.memory)),
        };
        Attached {
            name: std::mem::take(&mut self.name),
            content,
            size: self.size,
        }
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.on_disk {
            // The spool is emptied at each start; this only saves room.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn random() -> std::io::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}
