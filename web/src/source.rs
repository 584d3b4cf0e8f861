//! Pages that show mail as it is: its source and its headers.

use std::io::Read;

use askama::Template;
use desk::Problem;
use tokio::task::spawn_blocking;

use crate::page::Chrome;
use crate::when;

/// More than this makes a page slow and nobody reads it.
const SHOWN: u64 = 256 * 1024;

#[derive(Template)]
#[template(path = "source.html")]
pub struct SourcePage {
    pub chrome: Chrome,
    pub back: String,
    pub back_label: String,
    pub heading: &'static str,
    pub download: Option<String>,
    pub cut: Option<String>,
    pub text: String,
}

#[derive(Template)]
#[template(path = "headers.html")]
pub struct HeadersPage {
    pub chrome: Chrome,
    pub back: String,
    pub back_label: String,
    pub source: String,
    pub headers: Vec<(String, String)>,
}

/// The beginning as text, and a sentence when there is more.
pub async fn shown(
    reader: impl Read + Send + 'static,
) -> Result<(String, Option<String>), Problem> {
    let read = spawn_blocking(move || {
        let mut bytes = Vec::new();
        reader
            .take(SHOWN + 1)
            .read_to_end(&mut bytes)
            .map(|_| bytes)
    });
    let mut bytes = read.await.map_err(std::io::Error::other)??;
    let cut = bytes.len() as u64 > SHOWN;
    bytes.truncate(SHOWN as usize);
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let sentence = format!(
        "Only the first {} are shown. The download holds all of it.",
        when::size(SHOWN)
    );
    Ok((text, cut.then_some(sentence)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_source_is_cut_and_says_so() {
        let (text, cut) = shown(std::io::repeat(b'x').take(SHOWN))
            .await
            .expect("text");
        assert!(text.len() as u64 == SHOWN && cut.is_none());
        let (text, cut) = shown(std::io::repeat(b'x').take(SHOWN + 1))
            .await
            .expect("text");
        assert!(text.len() as u64 == SHOWN && cut.is_some());
    }

    #[tokio::test]
    async fn any_bytes_are_shown() {
        let (text, _) = shown(&b"a\r\nb\xff\0"[..]).await.expect("text");
        assert_eq!(text, "a\nb\u{fffd}\0");
    }
}
