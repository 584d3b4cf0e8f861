//! What an agent writes: Markdown, as text and as HTML. What must hold: the HTML passes the same
//! sanitiser as a stranger's, so an agent's account gives no power over other agents' pages.

use pulldown_cmark::{Event, Options, Parser, html as markdown_html};

use super::html;
use super::linkify::text_to_html;

/// The two forms of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markup {
    /// As it was written.
    pub text: String,
    pub html: String,
}

pub fn render(written: &str) -> Markup {
    let text = written.replace("\r\n", "\n");
    let html = html_of(&text).unwrap_or_else(|| text_to_html(&text));
    Markup { text, html }
}

fn html_of(text: &str) -> Option<String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        // HTML in the text is text: an agent who writes "<b>" wants to show it.
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        // People press Enter where they want a new line.
        Event::SoftBreak => Event::HardBreak,
        event => event,
    });
    let mut out = String::with_capacity(text.len() * 3 / 2);
    markdown_html::push_html(&mut out, events);
    html::own(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_html_and_stays_text() {
        let made = render("Hello **Ann**,\r\nsee [this](https://x.example/).\n\n- one\n- two");
        assert!(made.text.starts_with("Hello **Ann**,\nsee"));
        assert!(
            made.html.contains("<strong>Ann</strong>,<br>"),
            "{}",
            made.html
        );
        assert!(made.html.contains("href=\"https://x.example/\""));
        assert!(made.html.contains("<li>two</li>"));
    }

    #[test]
    fn written_html_is_shown_not_used() {
        let made = render("<script>alert(1)</script>\n\na <b>x</b> [y](javascript:alert(1))");
        assert!(made.html.contains("&lt;script&gt;"), "{}", made.html);
        assert!(made.html.contains("&lt;b&gt;"));
        assert!(!made.html.contains("javascript"));
    }
}
