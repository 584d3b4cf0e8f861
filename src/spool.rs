//! A message of known size on its way into the store: small ones stay in memory, larger ones go
//! to a file beside the blobs. Its hash is taken on the way past.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};
use storage::Content;
use tempfile::{NamedTempFile, TempPath};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

pub struct Spooled {
    pub size: u64,
    pub sha256: [u8; 32],
    place: Place,
}

enum Place {
    Memory(Vec<u8>),
    File(TempPath),
}

impl Spooled {
    /// Reads exactly `size` bytes. A message that breaks off is an error, never a shorter message.
    pub async fn read<R>(from: &mut R, size: u64, spool: &Path) -> io::Result<Spooled>
    where
        R: AsyncRead + Unpin,
    {
        if size <= storage::INSIDE as u64 {
            let mut bytes = Vec::new();
            from.take(size).read_to_end(&mut bytes).await?;
            whole(bytes.len() as u64, size)?;
            let sha256 = Sha256::digest(&bytes).into();
            let place = Place::Memory(bytes);
            return Ok(Spooled {
                size,
                sha256,
                place,
            });
        }
        let (file, path) = NamedTempFile::new_in(spool)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut bounded = from.take(size);
        let mut found = 0;
        loop {
            let read = bounded.read(&mut buffer).await?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            file.write_all(&buffer[..read]).await?;
            found += read as u64;
        }
        whole(found, size)?;
        file.flush().await?;
        let sha256 = hasher.finalize().into();
        let place = Place::File(path);
        Ok(Spooled {
            size,
            sha256,
            place,
        })
    }

    /// The first bytes, where the headers stand.
    pub fn beginning(&self) -> io::Result<Vec<u8>> {
        match &self.place {
            Place::Memory(bytes) => Ok(bytes.clone()),
            Place::File(path) => {
                let mut bytes = Vec::new();
                let file = std::fs::File::open(path)?;
                io::Read::read_to_end(
                    &mut io::Read::take(file, storage::INSIDE as u64),
                    &mut bytes,
                )?;
                Ok(bytes)
            }
        }
    }

    /// What the store takes. The file goes away with `self` unless the store has moved it.
    pub fn content(&mut self) -> Content {
        match &mut self.place {
            Place::Memory(bytes) => Content::Memory(std::mem::take(bytes)),
            Place::File(path) => Content::File {
                path: path.to_path_buf(),
                size: self.size,
                sha256: self.sha256,
            },
        }
    }
}

fn whole(found: u64, size: u64) -> io::Result<()> {
    match found == size {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("the message broke off after {found} of {size} bytes"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spooled(bytes: &[u8], size: u64) -> io::Result<(Spooled, tempfile::TempDir)> {
        let directory = tempfile::tempdir()?;
        let spooled = Spooled::read(&mut &bytes[..], size, directory.path()).await?;
        Ok((spooled, directory))
    }

    #[tokio::test]
    async fn small_and_large_messages_are_whole_and_hashed() {
        for size in [0, 10, storage::INSIDE, storage::INSIDE + 1, 300_000] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let (mut spooled, _directory) = spooled(&bytes, size as u64).await.expect("a message");
            let expected: [u8; 32] = Sha256::digest(&bytes).into();
            assert_eq!(spooled.sha256, expected, "{size}");
            let found = match spooled.content() {
                Content::Memory(found) => found,
                Content::File { path, .. } => std::fs::read(path).expect("the file"),
            };
            assert_eq!(found, bytes, "{size}");
        }
    }

    #[tokio::test]
    async fn a_message_that_breaks_off_is_an_error() {
        for size in [11, 100_000] {
            let error = spooled(b"0123456789", size).await.err().expect("too short");
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[tokio::test]
    async fn an_unused_spool_file_goes_away() {
        let bytes = vec![0; 100_000];
        let (spooled, directory) = spooled(&bytes, 100_000).await.expect("a message");
        drop(spooled);
        assert_eq!(
            std::fs::read_dir(directory.path())
                .expect("a directory")
                .count(),
            0
        );
    }
}
