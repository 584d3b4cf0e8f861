//! Text as mail can carry it: encoded words (RFC 2047), parameters (RFC 2231), quoted-printable
//! (RFC 2045 6.7). What must hold: the output is ASCII without control characters but line ends.

/// Words of a header: as they are if ASCII, else as encoded words, each of at most 75 characters.
pub fn words(text: &str) -> Vec<String> {
    let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b)) && !text.contains("=?");
    let fits = text.split(' ').all(|word| word.len() <= WORD);
    if plain && fits {
        return text
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
    }
    // RFC 2047 5: a character is never split between two words.
    let mut words = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        if piece.len() + c.len_utf8() > PIECE {
            words.push(encoded_word(&piece));
            piece.clear();
        }
        piece.push(c);
    }
    if !piece.is_empty() {
        words.push(encoded_word(&piece));
    }
    words
}

fn encoded_word(piece: &str) -> String {
    format!(
        "=?utf-8?B?{}?=",
        data_encoding::BASE64.encode(piece.as_bytes())
    )
}

/// A parameter with any value, as pieces that may stand on lines of their own.
pub fn parameter(name: &str, value: &str) -> Vec<String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b" -_.+!#$&^~@,()[]{}'`".contains(&b);
    if value.len() <= QUOTED && value.bytes().all(token) {
        return vec![format!("{name}=\"{value}\"")];
    }
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for c in value.chars() {
        let escaped = percent(c);
        if piece.len() + escaped.len() > QUOTED {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push_str(&escaped);
    }
    pieces.push(piece);
    // RFC 2231 4.1: continuations are numbered; 4: the first names the character set.
    let single = pieces.len() == 1;
    let numbered = pieces.iter().enumerate().map(|(n, piece)| {
        let charset = if n == 0 { "utf-8''" } else { "" };
        let number = if single {
            String::new()
        } else {
            format!("*{n}")
        };
        format!("{name}{number}*={charset}{piece}")
    });
    numbered.collect()
}

fn percent(c: char) -> String {
    if c.is_ascii_alphanumeric() || "-_.".contains(c) {
        return c.to_string();
    }
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes)
        .bytes()
        .map(|b| format!("%{b:02X}"))
        .collect()
}

/// RFC 2045 6.7. Line ends of any kind become CRLF; the text ends with one.
pub fn quoted_printable(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8 + 2);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    for line in text.split('\n') {
        quoted_line(line, &mut out);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn quoted_line(line: &str, out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, c) in line.char_indices() {
        let last = at + c.len_utf8() == line.len();
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).as_bytes();
        // RFC 2045 6.7 (3): white space at the end of a line would be lost. "From " at the start of a
        // line and a lone dot are changed by some programs on the way (RFC 2049 3).
        let fragile = (at == 0 && (line.starts_with("From ") || c == '.'))
            || (last && matches!(c, ' ' | '\t'));
        let literal = matches!(c, ' '..='~' | '\t') && c != '=' && !fragile;
        let width = if literal { 1 } else { 3 * bytes.len() };
        // RFC 2045 6.7 (5): at most 76 characters with the soft break; no character is split.
        if column + width > LINE - 1 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        column += width;
        if literal {
            out.push(bytes[0]);
            continue;
        }
        for byte in bytes {
            out.extend_from_slice(format!("={byte:02X}").as_bytes());
        }
    }
}

const LINE: usize = 76;
/// Bytes that make an encoded word of at most 75 characters in base64.
const PIECE: usize = 45;
/// A longer word is encoded, so that it can be folded.
const WORD: usize = 300;
const QUOTED: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::decode::{Encoding, decoder};
    use proptest::prelude::*;
    use std::io::Read;

    #[test]
    fn ascii_stays_readable() {
        assert_eq!(words("Re: all is well"), ["Re:", "all", "is", "well"]);
        assert_eq!(parameter("filename", "a b.pdf"), ["filename=\"a b.pdf\""]);
    }

    #[test]
    fn what_looks_like_an_encoded_word_is_encoded() {
        assert!(words("=?utf-8?q?trick?=")[0].starts_with("=?utf-8?B?"));
    }

    #[test]
    fn long_names_are_continued() {
        let pieces = parameter("filename", &"ü".repeat(30));
        assert!(pieces.len() > 1);
        assert!(pieces[0].starts_with("filename*0*=utf-8''%C3%BC"));
        assert!(pieces[1].starts_with("filename*1*=%C3%BC"));
    }

    #[test]
    fn fragile_starts_and_ends_of_lines_are_escaped() {
        let text = String::from_utf8(quoted_printable("From me\n.\nx \n")).unwrap();
        assert_eq!(text, "=46rom me\r\n=2E\r\nx=20\r\n");
    }

    proptest! {
        #[test]
        fn quoted_text_comes_back(text in "[ -~äöü\t\n漢]{0,300}") {
            let encoded = quoted_printable(&text);
            for line in encoded.split(|b| *b == b'\n') {
                prop_assert!(line.len() <= 77);
            }
            let mut decoded = String::new();
            decoder(&encoded[..], Encoding::QuotedPrintable).read_to_string(&mut decoded).unwrap();
            let decoded = decoded.replace("\r\n", "\n");
            let expected = format!("{}\n", text.strip_suffix('\n').unwrap_or(&text));
            prop_assert_eq!(decoded, expected);
        }

        #[test]
        fn words_are_short_ascii(text: String) {
            for word in words(&text) {
                let longest = if word.starts_with("=?") { 75 } else { WORD };
                prop_assert!(word.len() <= longest && word.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }
}
