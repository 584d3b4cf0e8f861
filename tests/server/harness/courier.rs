//! A courier that takes every letter and keeps it.

use std::io::Read;
use std::sync::{Mutex, PoisonError};

use desk::EmailAddress;
use desk::letter::{Letter, LetterSource};
use desk::outbox::{Courier, Outcome};

#[derive(Default)]
pub struct Keeping(Mutex<Vec<Kept>>);

/// A letter as it would have gone over the wire.
#[derive(Clone)]
pub struct Kept {
    pub reverse_path: Option<EmailAddress>,
    pub to: Vec<EmailAddress>,
    pub text: String,
}

impl Courier for Keeping {
    async fn carry(
        &self,
        letter: &Letter,
        to: &[EmailAddress],
        mut message: LetterSource,
    ) -> Vec<(EmailAddress, Outcome)> {
        let mut bytes = Vec::new();
        message
            .read_to_end(&mut bytes)
            .expect("a letter is readable");
        assert_eq!(bytes.len() as u64, letter.size, "the size is as announced");
        let kept = Kept {
            reverse_path: letter.reverse_path.clone(),
            to: to.to_vec(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(kept);
        let taken = |address: &EmailAddress| (address.clone(), Outcome::Sent("250 kept".into()));
        to.iter().map(taken).collect()
    }
}

impl Keeping {
    pub fn letters(&self) -> Vec<Kept> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The unfolded value of a header field of a message.
pub fn header(message: &str, name: &str) -> Option<String> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}
