//! `maildesk inspect FILE|-`: how a message is understood, without taking it in. Exit 0 for any
//! bytes: a mail nobody can read is still a mail.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use desk::mail::{self, Mail};
use serde_json::Value;

use crate::cli::Inspect;
use crate::fault::{Exit, Fault};
use crate::print::{self, field};

pub async fn run(inspect: Inspect) -> Result<(), Fault> {
    let understood = match inspect.file.as_os_str() == "-" {
        true => understand(standard_input()?).await?,
        false => understand(open(&inspect.file)?).await?,
    }
    .inspect();
    match inspect.json {
        true => print::json(&understood),
        false => show(&understood),
    }
}

async fn understand(mut source: impl Read + Seek + Send + 'static) -> Result<Mail, Fault> {
    let read = tokio::task::spawn_blocking(move || mail::read(&mut source)).await;
    read.map_err(|error| Fault::new(Exit::Internal, error.to_string()))
}

fn open(path: &Path) -> Result<File, Fault> {
    let unreadable = |why: String| {
        let remedy = "name a file that holds one message, or - for standard input";
        Fault::input(format!("{}: {why}; {remedy}", path.display()))
    };
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    match file.metadata() {
        Ok(found) if found.is_dir() => Err(unreadable("is a directory".to_owned())),
        _ => Ok(file),
    }
}

/// A message is read back and forth, which standard input cannot do.
fn standard_input() -> Result<File, Fault> {
    let read = |error: std::io::Error| Fault::temporary(format!("standard input: {error}"));
    let mut file = tempfile::tempfile().map_err(read)?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).map_err(read)?;
    file.rewind().map_err(read)?;
    Ok(file)
}

fn show(mail: &Value) -> Result<(), Fault> {
    for name in ["kind", "message_id", "date", "subject"] {
        print::line(&format!("{name:>12}  {}", field(mail, name)))?;
    }
    for name in ["from", "reply_to", "to", "cc"] {
        for party in mail[name].as_array().into_iter().flatten() {
            let (called, address) = (field(party, "name"), field(party, "address"));
            print::line(&format!("{name:>12}  {called} <{address}>"))?;
        }
    }
    for attachment in mail["attachments"].as_array().into_iter().flatten() {
        let parts = ["name", "type", "size"].map(|name| field(attachment, name));
        print::line(&format!("{:>12}  {} bytes", "attached", parts.join(", ")))?;
    }
    for part in ["new", "signature", "quoted"] {
        let text = mail["reply"][part].as_str().unwrap_or_default();
        if !text.trim().is_empty() {
            print::line(&format!("\n-- {part}\n{}", print::plain(text).trim_end()))?;
        }
    }
    Ok(())
}
