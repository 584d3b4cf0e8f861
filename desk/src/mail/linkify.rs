//! Plain text as safe HTML, with links.

/// The text as HTML.
pub fn text_to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    escape(text, &mut html);
    html
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
