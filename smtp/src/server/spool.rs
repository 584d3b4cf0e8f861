//! Collects a mail while it arrives: in memory while it is small, in a file
//! above that, so that memory stays flat in the size of the mail.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::data::Reader;
use super::{Content, Message};

pub(super) struct Spool {
    dir: PathBuf,
    in_memory: usize,
    /// All of a small mail, or what is not yet in the file.
    pending: Vec<u8>,
    file: Option<(File, TempPath)>,
    hash: Sha256,
    size: u64,
}

/// Written to the file in pieces of this size.
const PIECE: usize = 64 << 10;
const PREFIX: &str = "incoming-";

impl Spool {
    pub(super) fn new(dir: &Path, in_memory: usize) -> Self {
        Self {
            dir: dir.to_owned(),
            in_memory,
            pending: Vec::new(),
            file: None,
            hash: Sha256::new(),
            size: 0,
        }
    }

    /// Lets `reader` append what it finds in `input`.
    pub(super) fn feed(&mut self, reader: &mut Reader, input: &[u8]) -> Option<usize> {
        let before = self.pending.len();
        let end = reader.feed(input, &mut self.pending);
        let added = &self.pending[before..];
        self.hash.update(added);
        self.size += added.len() as u64;
        end
    }

    /// Moves to the file what memory should not hold. To be called after each `feed`.
    pub(super) async fn spill(&mut self) -> io::Result<()> {
        let bound = if self.file.is_some() {
            PIECE
        } else {
            self.in_memory
        };
        match self.pending.len() > bound {
            true => self.write_out().await,
            false => Ok(()),
        }
    }

    /// Forgets the content; what comes later is only counted.
    pub(super) fn discard(&mut self) {
        self.pending = Vec::new();
        self.file = None;
    }

    pub(super) async fn finish(mut self) -> io::Result<Message> {
        let content = if self.file.is_some() {
            self.write_out().await?;
            self.file.take().map(|(_, path)| Content::File(path))
        } else {
            None
        };
        let content = content.unwrap_or(Content::Memory(self.pending));
        let sha256 = self.hash.finalize().into();
        Ok(Message {
            content,
            size: self.size,
            sha256,
        })
    }

    async fn write_out(&mut self) -> io::Result<()> {
        let (dir, file, pending) = (
            self.dir.clone(),
            self.file.take(),
            std::mem::take(&mut self.pending),
        );
        let write = move || {
            let (mut file, path) = match file {
                Some(open) => open,
                None => create(&dir)?,
            };
            file.write_all(&pending)?;
            Ok::<_, io::Error>((file, path, pending))
        };
        let (file, path, mut pending) = tokio::task::spawn_blocking(write)
            .await
            .map_err(io::Error::other)??;
        pending.clear();
        (self.file, self.pending) = (Some((file, path)), pending);
        Ok(())
    }
}

fn create(dir: &Path) -> io::Result<(File, TempPath)> {
    std::fs::create_dir_all(dir)?;
    let file = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(".mail")
        .tempfile_in(dir)?;
    Ok(file.into_parts())
}

/// Removes what a killed process left: nothing unfinished was ever promised.
/// Young files may belong to another process that shares the directory.
pub(super) fn sweep(dir: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let old = entry
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(is_old);
        if ours
            && old
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "A left-over spool file cannot be removed");
        }
    }
}

fn is_old(modified: SystemTime) -> bool {
    modified
        .elapsed()
        .is_ok_and(|age| age > Duration::from_secs(24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spool(content: &[u8], dir: &Path) -> Message {
        let (mut spool, mut reader) = (Spool::new(dir, 1000), Reader::new(u64::MAX));
        for piece in content.chunks(700) {
            spool.feed(&mut reader, piece);
            spool.spill().await.expect("a writable directory");
        }
        spool.finish().await.expect("a writable directory")
    }

    fn sha256(bytes: &[u8]) -> [u8; 32] {
        Sha256::digest(bytes).into()
    }

    #[tokio::test]
    async fn a_small_mail_stays_in_memory() {
        let dir = tempfile::tempdir().expect("a directory");
        let message = spool(&[b'x'; 1000], dir.path()).await;
        assert!(matches!(&message.content, Content::Memory(bytes) if bytes.len() == 1000));
        assert_eq!(message.sha256, sha256(&[b'x'; 1000]));
    }

    #[tokio::test]
    async fn a_larger_mail_is_a_file_with_every_byte_and_goes_when_dropped() {
        let dir = tempfile::tempdir().expect("a directory");
        let bytes: Vec<u8> = (0..30_000)
            .flat_map(|i| format!("line {i}\r\n").into_bytes())
            .collect();
        let message = spool(&bytes, dir.path()).await;
        let Content::File(path) = &message.content else {
            panic!("{:?}", message.content)
        };
        assert_eq!(std::fs::read(path).expect("the file"), bytes);
        assert_eq!(
            (message.size, message.sha256),
            (bytes.len() as u64, sha256(&bytes))
        );
        drop(message);
        assert_eq!(
            std::fs::read_dir(dir.path())
                .expect("the directory")
                .count(),
            0
        );
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let (mut spool, mut reader) = (Spool::new(file.path(), 10), Reader::new(u64::MAX));
        spool.feed(&mut reader, &[b'x'; 20]);
        assert!(spool.spill().await.is_err());
    }

    #[test]
    fn sweeping_leaves_young_and_foreign_files() {
        let dir = tempfile::tempdir().expect("a directory");
        let make = |name: &str, age: u64| {
            let file = File::create(dir.path().join(name)).expect("a file");
            let then = SystemTime::now() - Duration::from_secs(age * 3600);
            file.set_modified(then).expect("a time");
        };
        make("incoming-old.mail", 25);
        make("incoming-young.mail", 1);
        make("other", 25);
        sweep(dir.path());
        let mut left: Vec<_> = std::fs::read_dir(dir.path())
            .expect("the directory")
            .flatten()
            .map(|e| e.file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["incoming-young.mail", "other"]);
    }
}
