//! HTML as plain text.

/// The words of a page without its markup.
pub fn plain(html: &str) -> String {
    bare(html)
}

/// Everything between the tags: for HTML that nobody dares to parse.
pub fn bare(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = &rest[at + 1..];
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        rest = &tag[end..];
    }
    out.push_str(rest);
    out
}
