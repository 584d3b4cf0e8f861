//! HTML as plain text: the wrap around html2text. What must hold: quotes are marked with `>`, links keep
//! their address, and input that would stall a parser never reaches one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use html2text::config;
use html2text::render::TextDecorator;

use super::limits;

/// The words of a page as a person would have typed them.
pub fn plain(html: &str) -> String {
    if !limits::hold(html) {
        return bare(html);
    }
    let converted = catch_unwind(AssertUnwindSafe(|| convert(html)));
    tidied(&converted.ok().flatten().unwrap_or_else(|| bare(html)))
}

fn convert(html: &str) -> Option<String> {
    config::with_decorator(Typed::default())
        .raw_mode(true)
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .ok()
}

/// No more than one empty line in a row, no white space at line ends.
fn tidied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end_matches([' ', '\u{a0}', '\t', '\u{200b}']);
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            out.extend(line.chars().map(|c| if c == '\u{a0}' { ' ' } else { c }));
            out.push('\n');
        }
    }
    out.trim_matches('\n').to_owned()
}

/// Marks as people type them.
#[derive(Debug, Clone, Default)]
struct Typed {
    link: String,
}

impl TextDecorator for Typed {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.link = url.trim().to_owned();
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        let url = std::mem::take(&mut self.link);
        let lower = url.get(..8).unwrap_or(&url).to_ascii_lowercase();
        let leads_out = lower.starts_with("http://") || lower.starts_with("https://");
        if leads_out {
            format!(" <{url}>")
        } else {
            String::new()
        }
    }

    fn decorate_em_start(&self) -> (String, ()) {
        nothing()
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        nothing()
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        nothing()
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        nothing()
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _: &str, title: &str) -> (String, ()) {
        let title = title.trim();
        let shown = if title.is_empty() {
            String::new()
        } else {
            format!("[{title}]")
        };
        (shown, ())
    }

    fn header_prefix(&self, _: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Typed::default()
    }
}

fn nothing() -> (String, ()) {
    (String::new(), ())
}

/// Everything between the tags: for HTML that nobody dares to parse.
fn bare(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = &rest[at + 1..];
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let name = tag[..end].trim_start_matches('/').to_ascii_lowercase();
        if LINES.iter().any(|line| name.starts_with(line)) {
            out.push('\n');
        }
        rest = &tag[end..];
    }
    out.push_str(rest);
    out.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Nobody wants mail wrapped again; a bound keeps tables from being padded endlessly.
const WIDTH: usize = 2000;
const LINES: [&str; 7] = ["br", "p", "div", "tr", "li", "h", "blockquote"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_lists_and_links_are_typed() {
        let html = "<p>Hi <b>Ann</b>,</p><ul><li>one<li>two</ul>see <a href='https://x.example/'>this</a>\
                    <blockquote><p>old</p><blockquote>older</blockquote></blockquote>";
        let text = plain(html);
        assert_eq!(
            text,
            "Hi Ann,\n- one\n- two\n\nsee this <https://x.example/>\n\n> old\n>\n> > older"
        );
    }

    #[test]
    fn a_link_that_shows_its_address_is_not_doubled_by_others() {
        assert_eq!(
            plain("<a href='mailto:a@x.example'>a@x.example</a>"),
            "a@x.example"
        );
        assert_eq!(plain("<a name=x>top</a>"), "top");
    }

    #[test]
    fn styles_and_scripts_are_no_words() {
        assert_eq!(
            plain("<style>p{}</style><script>x()</script><title>t</title><p>hello"),
            "hello"
        );
    }

    #[test]
    fn long_lines_are_not_wrapped() {
        let long = "word ".repeat(200);
        assert_eq!(plain(&format!("<div>{long}</div>")).lines().count(), 1);
    }

    #[test]
    fn what_is_too_deep_is_still_read() {
        let html = format!("{}hello &amp; bye", "<div>".repeat(5000));
        assert_eq!(plain(&html).trim(), "hello & bye");
    }
}
