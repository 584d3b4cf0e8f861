//! Each directory of `testdata` is a mail, what is odd about it, and what `inspect` must say of it.
//! With `MAILDESK_EXPECT=write` the answers are written anew; read the difference before you commit it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::read_bytes;

#[test]
fn every_mail_of_the_corpus_is_understood() {
    let mut wrong = Vec::new();
    for directory in directories() {
        let mail = read_bytes(&fs::read(directory.join("mail.eml")).expect("a mail"));
        let found = serde_json::to_string_pretty(&mail.inspect()).expect("JSON") + "\n";
        let file = directory.join("expected.json");
        if std::env::var("MAILDESK_EXPECT").is_ok_and(|wish| wish == "write") {
            fs::write(&file, &found).expect("a writable directory");
            continue;
        }
        let expected: Value =
            serde_json::from_str(&fs::read_to_string(&file).expect("an answer")).expect("JSON");
        if mail.inspect() != expected {
            wrong.push(format!("{}:\n{found}", directory.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mail_of_the_corpus_says_what_is_odd() {
    let directories = directories();
    assert!(directories.len() >= 25);
    for directory in directories {
        let readme = fs::read_to_string(directory.join("readme")).expect("a readme");
        assert!(readme.trim().len() > 20, "{}", directory.display());
    }
}

/// Line ends are changed on the way by many; what is understood must not.
#[test]
fn bare_line_feeds_make_no_difference() {
    for directory in directories() {
        let crlf = fs::read(directory.join("mail.eml")).expect("a mail");
        let lf: Vec<u8> = crlf.iter().copied().filter(|b| *b != b'\r').collect();
        let (one, other) = (read_bytes(&crlf), read_bytes(&lf));
        assert_eq!(
            one.fingerprint,
            other.fingerprint,
            "{}",
            directory.display()
        );
        let understood = |mail: &crate::mail::Mail| {
            (
                mail.subject.clone(),
                mail.body_text.clone(),
                mail.kind,
                mail.attachments.len(),
            )
        };
        assert_eq!(
            understood(&one),
            understood(&other),
            "{}",
            directory.display()
        );
    }
}

pub fn directories() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/testdata");
    let entries = fs::read_dir(root)
        .expect("the corpus")
        .filter_map(|entry| entry.ok().map(|e| e.path()));
    let mut directories: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    directories.sort();
    directories
}
