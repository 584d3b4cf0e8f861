//! Files that agents attach: stored before the batch that names them.

use crate::ticket::Upload;
use crate::{Desk, Problem};
use storage::{Batch, Content};

/// A file as the browser sent it, spooled but not yet kept.
pub struct Attached {
    pub name: String,
    pub content: Content,
    pub size: u64,
}

/// More files than this on one entry is a mistake.
const MOST: usize = 50;
/// Bytes of all files of one entry together; most mail systems refuse more (FEATURES OUT-17).
const LARGEST: u64 = 100 * 1024 * 1024;

impl Desk {
    /// Stores the files. Those that fit into the store are in the returned batch, with which the
    /// change begins; larger ones are durable already.
    pub(crate) async fn store_uploads(
        &self,
        files: Vec<Attached>,
    ) -> Result<(Batch, Vec<Upload>), Problem> {
        if files.len() > MOST {
            return Err(Problem::invalid(
                "files",
                format!("at most {MOST} files can be attached"),
            ));
        }
        if files.iter().map(|file| file.size).sum::<u64>() > LARGEST {
            return Err(Problem::invalid(
                "files",
                format!("all files together may have {} MB", LARGEST >> 20),
            ));
        }
        let mut batch = Batch::new();
        let mut uploads = Vec::new();
        for file in files {
            let blob = self.store().blobs().put(&mut batch, file.content).await?;
            uploads.push(Upload {
                kind: media_type(&file.name).to_owned(),
                name: file_name(&file.name),
                size: file.size,
                blob,
            });
        }
        Ok((batch, uploads))
    }
}

/// The last part of a path, without characters that could deceive a reader or break a header.
fn file_name(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_bidi_control(*c))
        .take(120)
        .collect();
    let clean = clean.trim().trim_end_matches('.').trim_start_matches('.');
    if clean.is_empty() {
        "file".to_owned()
    } else {
        clean.to_owned()
    }
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The media type by a fixed map: never what the browser claims.
fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit('.').next().unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "json" => "application/json",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_tricks() {
        for (raw, clean) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a.txt", "a.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nX: y.png", "aX: y.png"),
            ("...", "file"),
            (".htaccess", "htaccess"),
            ("", "file"),
        ] {
            assert_eq!(file_name(raw), clean);
        }
    }
}
