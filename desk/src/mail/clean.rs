//! Strings from mail made fit for one line, a file name, a block of text. What must hold: no line
//! breaks, control or invisible direction characters in names and subjects, and bounded lengths.

/// One line: unfolded, without control and bidirectional characters, at most `longest` characters.
pub fn line(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 2));
    for c in text.chars().filter(|c| !invisible(*c)).take(longest) {
        // Tabs and line breaks are what is left of folding.
        out.push(if c.is_whitespace() || c.is_control() {
            ' '
        } else {
            c
        });
    }
    out.trim().to_owned()
}

/// Like [`line`], and `None` when nothing is left.
pub fn some_line(text: &str, longest: usize) -> Option<String> {
    Some(line(text, longest)).filter(|text| !text.is_empty())
}

/// A block of text: line ends are `\n`, no control characters but those and tabs.
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The longest prefix of at most `longest` bytes that ends between characters.
pub fn cut(text: &str, longest: usize) -> &str {
    if text.len() <= longest {
        return text;
    }
    let mut end = longest;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Characters that show nothing but change what is shown: a file `gpj.exe` must not look like `exe.jpg`.
pub fn invisible(c: char) -> bool {
    matches!(c,
        '\0' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// RFC 5322 2.1.1 allows 998 on a line; nobody reads a longer subject.
pub const SUBJECT: usize = 998;
pub const NAME: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_characters_are_removed_from_lines() {
        assert_eq!(line("invoice\u{202e}fdp.exe", 99), "invoicefdp.exe");
        assert_eq!(line("a\r\n\tb\u{7}c", 99), "a   b c");
    }

    #[test]
    fn joiners_that_scripts_need_are_kept() {
        assert_eq!(line("می\u{200c}خواهم", 99), "می\u{200c}خواهم");
    }

    #[test]
    fn lines_are_bounded_in_characters() {
        assert_eq!(line(&"ä".repeat(300), NAME).chars().count(), NAME);
        assert_eq!(some_line(" \u{200b}\t ", 9), None);
    }

    #[test]
    fn blocks_keep_lines_and_lose_control_characters() {
        assert_eq!(block("a\r\nb\rc\n\td\0\u{1b}[31m"), "a\nb\nc\n\td[31m");
    }

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(cut("aä", 2), "a");
        assert_eq!(cut("aä", 3), "aä");
    }
}
