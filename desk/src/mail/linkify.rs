//! Plain text as safe HTML, with links. What must hold: every character of the text is shown as it is,
//! and a link leads exactly where its own text says.

/// The text as HTML: line ends are kept, addresses become links.
pub fn text_to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    while let Some(at) = next_link(rest) {
        let (before, from) = rest.split_at(at);
        escape(before, &mut html);
        let run = &from[..run(from)];
        let url = url(run);
        link(url, &mut html);
        // What is no link is passed over whole: a part of it would lead elsewhere.
        let shown = if url.is_empty() { run } else { "" };
        escape(shown, &mut html);
        rest = &from[url.len() + shown.len()..];
    }
    escape(rest, &mut html);
    html
}

/// Where the next web address starts; it does not start within a word.
fn next_link(text: &str) -> Option<usize> {
    let starts = memchr::memmem::find_iter(text.as_bytes(), b"://").filter_map(|at| {
        let before = &text.as_bytes()[..at];
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let tail = before
                .len()
                .checked_sub(scheme.len())
                .map(|start| &before[start..]);
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(scheme.as_bytes()))
        })?;
        let start = at - scheme.len();
        let inside = text[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        (!inside).then_some(start)
    });
    { starts }.next()
}

/// How far an address could go. Only ASCII (RFC 3986 2): what looks like a letter of a known host and is
/// another ends the link, so a link shows nothing but where it goes.
fn run(text: &str) -> usize {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(b);
    text.bytes()
        .position(|b| !allowed(&b))
        .unwrap_or(text.len())
}

/// The address in a run, empty if there is none that may be a link.
fn url(run: &str) -> &str {
    if run.len() > LONGEST {
        return "";
    }
    let url = without_sentence_end(run);
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or("");
    // "http://bank.example@evil.example" leads to the latter: not a link.
    let starts = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
    if starts && !host.contains('@') {
        url
    } else {
        ""
    }
}

/// The point, comma or bracket behind an address ends the sentence, not the address.
fn without_sentence_end(run: &str) -> &str {
    let count = |bracket: u8| run.bytes().filter(|b| *b == bracket).count();
    let (mut round, mut square) = (count(b')'), count(b']'));
    let (opened_round, opened_square) = (count(b'('), count(b'['));
    let mut url = run;
    while let Some(last) = url.bytes().next_back() {
        match last {
            b')' if round > opened_round => round -= 1,
            b']' if square > opened_square => square -= 1,
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' => {}
            _ => break,
        }
        url = &url[..url.len() - 1];
    }
    url
}

fn link(url: &str, html: &mut String) {
    if url.is_empty() {
        return;
    }
    html.push_str("<a href=\"");
    escape(url, html);
    html.push_str("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">");
    escape(url, html);
    html.push_str("</a>");
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>\n"),
            c => html.push(c),
        }
    }
}

/// Longer addresses are shown, cut off they would lead elsewhere.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, linked: &str) {
        let html = text_to_html(text);
        let expected = format!(
            "href=\"{linked}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{linked}</a>"
        );
        assert!(html.contains(&expected), "{html}");
    }

    #[test]
    fn links_end_where_the_sentence_does() {
        check(
            "See https://x.example/a?b=1&c=2.",
            "https://x.example/a?b=1&amp;c=2",
        );
        check("(http://x.example/a_(b))", "http://x.example/a_(b)");
        check("<HTTPS://x.example>", "HTTPS://x.example");
    }

    #[test]
    fn tricks_are_not_linked() {
        for text in [
            "http://bank.example@evil.example/",
            "javascript://x.example/%0aalert(1)",
            "http://",
            "xhttp://x.example",
            "http://пример",
            "http://bank.example@http://evil.example",
            "data:text/html,x",
        ] {
            assert!(!text_to_html(text).contains("<a "), "{text}");
        }
    }

    #[test]
    fn markup_is_shown() {
        let html = text_to_html("<script>\"x\"&'y'\nz");
        assert_eq!(html, "&lt;script&gt;&quot;x&quot;&amp;&#39;y&#39;<br>\nz");
    }

    #[test]
    fn many_colons_are_linear() {
        let text = "http://a ".repeat(10_000);
        let started = std::time::Instant::now();
        text_to_html(&text);
        text_to_html(&"http://".repeat(10_000));
        text_to_html(&")".repeat(300_000));
        text_to_html(&format!("http://a{} ", ")".repeat(2000)).repeat(100));
        assert!(started.elapsed().as_secs() < 20);
    }

    proptest! {
        #[test]
        fn only_links_and_line_breaks_come_out(text in "(https?://|[a-z<>\"'&.@)( \n]|javascript:){0,60}") {
            let html = text_to_html(&text);
            for tag in html.split('<').skip(1) {
                prop_assert!(tag.starts_with("br>") || tag.starts_with("a href=\"http") || tag.starts_with("/a>"), "{}", html);
            }
        }
    }
}
