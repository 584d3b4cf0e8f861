//! A mail as a test sends it: envelope and bytes.

use sha2::{Digest, Sha256};

use super::SUPPORT;

#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// The message as it is to be transmitted, before dots are doubled.
    pub bytes: Vec<u8>,
}

impl Mail {
    /// A customer's mail to support, with the Message-ID `<id@customer.example>`.
    pub fn new(id: &str, from: &str, subject: &str) -> Mail {
        let text = format!(
            "From: {from}\r\nTo: {SUPPORT}\r\nSubject: {subject}\r\n\
             Message-ID: <{id}@customer.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\n\
             This is the mail {id}.\r\n"
        );
        let address = from.rsplit('<').next().unwrap_or(from);
        Mail {
            from: address.trim_end_matches('>').to_owned(),
            to: vec![SUPPORT.to_owned()],
            bytes: text.into_bytes(),
        }
    }

    /// With one more header field, before all others.
    pub fn header(mut self, name: &str, value: &str) -> Mail {
        let mut bytes = format!("{name}: {value}\r\n").into_bytes();
        bytes.append(&mut self.bytes);
        self.bytes = bytes;
        self
    }

    pub fn to(mut self, recipients: &[&str]) -> Mail {
        self.to = recipients.iter().map(|to| (*to).to_owned()).collect();
        self
    }

    /// With so many bytes more of text.
    pub fn padded(mut self, bytes: usize) -> Mail {
        const LINE: &[u8] = b".all work and no play makes a dull mail of sixty-two bytes\r\n";
        let end = self.bytes.len() + bytes;
        while self.bytes.len() + LINE.len() <= end {
            self.bytes.extend_from_slice(LINE);
        }
        self
    }

    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// RFC 5321 4.5.2: a leading dot is doubled, and a line with one dot is the end.
    pub fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.bytes.len() + 64);
        for line in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            wire.extend_from_slice(line);
        }
        wire.extend_from_slice(b".\r\n");
        wire
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
