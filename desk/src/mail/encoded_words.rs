//! Encoded words (RFC 2047) put together before they are decoded. What must hold: linear; a character
//! that a program split between two words (which RFC 2047 5 forbids, and many do) comes out whole.

use std::io::Read;

use super::decode::{Encoding, decoder, unquoted};

/// The value with neighbouring words of one character set made into one word.
pub fn joined(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(start) = memchr::memmem::find(&value[at..], b"=?").map(|found| at + found) {
        out.extend_from_slice(&value[at..start]);
        let Some(first) = Word::at(value, start) else {
            out.extend_from_slice(b"=?");
            at = start + 2;
            continue;
        };
        at = first.end;
        let mut bytes = None;
        while let Some(next) =
            next_word(value, at).filter(|next| next.charset.eq_ignore_ascii_case(first.charset))
        {
            bytes
                .get_or_insert_with(|| first.bytes())
                .extend(next.bytes());
            at = next.end;
        }
        match bytes {
            None => out.extend_from_slice(&value[start..first.end]),
            Some(bytes) => {
                out.extend_from_slice(b"=?");
                out.extend_from_slice(first.charset);
                out.extend_from_slice(b"?B?");
                out.extend_from_slice(data_encoding::BASE64.encode(&bytes).as_bytes());
                out.extend_from_slice(b"?=");
            }
        }
    }
    out.extend_from_slice(&value[at..]);
    out
}

/// RFC 2047 6.2: white space between two words is not shown.
fn next_word(value: &[u8], at: usize) -> Option<Word<'_>> {
    let space = value[at..]
        .iter()
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    Word::at(value, at + space).filter(|_| space > 0)
}

struct Word<'a> {
    charset: &'a [u8],
    base64: bool,
    text: &'a [u8],
    end: usize,
}

impl<'a> Word<'a> {
    /// RFC 2047 2: `=?charset?encoding?text?=`.
    fn at(value: &'a [u8], start: usize) -> Option<Word<'a>> {
        let rest = value.get(start..)?.strip_prefix(b"=?")?;
        let charset = rest.iter().take(LONGEST_CHARSET).position(|b| *b == b'?')?;
        let base64 = match rest.get(charset + 1..charset + 3)? {
            b"B?" | b"b?" => true,
            b"Q?" | b"q?" => false,
            _ => return None,
        };
        let text = charset + 3;
        let length = rest[text..].iter().take(LONGEST).position(|b| *b == b'?')?;
        let closed = rest.get(text + length + 1) == Some(&b'=');
        closed.then(|| Word {
            charset: &rest[..charset],
            base64,
            text: &rest[text..text + length],
            end: start + 2 + text + length + 2,
        })
    }

    fn bytes(&self) -> Vec<u8> {
        if self.base64 {
            let mut bytes = Vec::new();
            // Reading from a slice does not fail.
            let _ = decoder(self.text, Encoding::Base64).read_to_end(&mut bytes);
            return bytes;
        }
        // RFC 2047 4.2: the underscore is a space.
        let text: Vec<u8> = self
            .text
            .iter()
            .map(|b| if *b == b'_' { b' ' } else { *b })
            .collect();
        unquoted(&text)
    }
}

const LONGEST_CHARSET: usize = 60;
/// RFC 2047 2 allows 75; one that ends somewhere is a word.
const LONGEST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: &str, expected: &str) {
        assert_eq!(
            String::from_utf8(joined(value.as_bytes())).unwrap(),
            expected
        );
    }

    #[test]
    fn a_split_character_is_put_together() {
        check("=?utf-8?B?4oI=?= =?UTF-8?Q?=AC_x?=", "=?utf-8?B?4oKsIHg=?=");
    }

    #[test]
    fn other_words_stay_as_they_are() {
        for same in [
            "=?utf-8?q?a?= =?koi8-r?q?b?=",
            "=?utf-8?q?a?=b=?utf-8?q?c?=",
            "=?x?=",
            "=?a?b",
            "a =? b ?= c",
            "=?utf-8?x?a?=",
        ] {
            check(same, same);
        }
    }

    #[test]
    fn openings_without_an_end_are_quick() {
        let started = std::time::Instant::now();
        joined("=?a?q?".repeat(40_000).as_bytes());
        assert!(started.elapsed().as_secs() < 20);
    }

    proptest! {
        #[test]
        fn any_value_is_joined(value in "(=\\?|utf-8|\\?[bq]\\?|\\?=|[a-z =_?]){0,30}") {
            joined(value.as_bytes());
        }
    }
}
