//! HTML from mail, made safe to show. What must hold: only listed elements and attributes come out,
//! nothing that loads from elsewhere or runs; the sanitiser never sees input that would stall it.

mod limits;
pub mod plain;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ammonia::{Builder, UrlRelative};

/// HTML that may be shown, in a sandboxed frame all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safe {
    pub html: String,
    /// Images that would have been loaded from elsewhere.
    pub blocked_images: usize,
}

/// `cid` gives the address of an image that came with the mail (RFC 2392). `None`: too large or
/// too strange; show the text instead.
pub fn safe(html: &str, cid: &dyn Fn(&str) -> Option<String>) -> Option<Safe> {
    if !limits::hold(html) {
        return None;
    }
    let blocked = Arc::new(AtomicUsize::new(0));
    let images = known_images(html, cid);
    let counter = Arc::clone(&blocked);
    let mut builder = builder();
    builder.attribute_filter(
        move |element, attribute, value| match (element, attribute) {
            ("img", "src") => image(value, &images, &counter),
            ("a", "href") => link(value),
            _ => Some(Cow::Borrowed(value)),
        },
    );
    let html = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        builder.clean(html).to_string()
    }));
    let blocked_images = blocked.load(Ordering::Relaxed);
    html.ok().map(|html| Safe {
        html,
        blocked_images,
    })
}

/// The same rules for HTML that we made ourselves.
pub(super) fn own(html: &str) -> Option<String> {
    safe(html, &|_| None).map(|safe| safe.html)
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into_iter().collect())
        .clean_content_tags(DROPPED_WITH_CONTENT.into_iter().collect())
        .generic_attributes(GENERIC.into_iter().collect())
        .tag_attributes(
            ATTRIBUTES
                .iter()
                .map(|(tag, list)| (*tag, list.iter().copied().collect()))
                .collect(),
        )
        .filter_style_properties(STYLES.into_iter().collect())
        .url_schemes(SCHEMES.into_iter().collect())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true);
    builder
}

/// A link leads out, or nowhere: relative ones would lead into the desk.
fn link(value: &str) -> Option<Cow<'_, str>> {
    let value = value.trim();
    let scheme = value
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase())?;
    matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel").then_some(Cow::Borrowed(value))
}

fn image<'v>(
    value: &'v str,
    known: &HashMap<String, String>,
    blocked: &AtomicUsize,
) -> Option<Cow<'v, str>> {
    let value = value.trim();
    let lower = value.get(..40).unwrap_or(value).to_ascii_lowercase();
    if lower.starts_with("cid:") {
        return known
            .get(&value[4..])
            .map(|address| Cow::Owned(address.clone()));
    }
    if DATA_IMAGES.iter().any(|start| lower.starts_with(start)) {
        return Some(Cow::Borrowed(value));
    }
    blocked.fetch_add(1, Ordering::Relaxed);
    None
}

/// The addresses of all images that the text names: the sanitiser's filter cannot call back.
fn known_images(html: &str, cid: &dyn Fn(&str) -> Option<String>) -> HashMap<String, String> {
    let mut images = HashMap::new();
    let mut asked = HashSet::new();
    for (at, _) in html.match_indices(':') {
        let named = at >= 3 && html.as_bytes()[at - 3..at].eq_ignore_ascii_case(b"cid");
        if !named || asked.len() == IMAGES {
            continue;
        }
        let rest = &html[at + 1..];
        let end = rest
            .find(['"', '\'', '>', ' ', '\n', ')'])
            .unwrap_or(rest.len());
        let id = &rest[..end];
        if asked.insert(id)
            && let Some(address) = cid(id)
        {
            images.insert(id.to_owned(), address);
        }
    }
    images
}

const IMAGES: usize = 1000;
/// SVG is not among them: it is a document.
const DATA_IMAGES: [&str; 5] = [
    "data:image/png;base64,",
    "data:image/gif;base64,",
    "data:image/jpeg;base64,",
    "data:image/jpg;base64,",
    "data:image/webp;base64,",
];
const SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "cid", "data"];

const TAGS: [&str; 69] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
    "time",
];
const DROPPED_WITH_CONTENT: [&str; 10] = [
    "script", "style", "title", "head", "iframe", "object", "noscript", "template", "svg", "math",
];
const GENERIC: [&str; 6] = ["style", "title", "lang", "dir", "align", "class"];
const ATTRIBUTES: [(&str, &[&str]); 12] = [
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height", "border"]),
    (
        "table",
        &[
            "width",
            "height",
            "border",
            "cellpadding",
            "cellspacing",
            "bgcolor",
        ],
    ),
    ("tr", &["bgcolor", "valign", "height"]),
    (
        "td",
        &[
            "width", "height", "colspan", "rowspan", "bgcolor", "valign", "nowrap",
        ],
    ),
    (
        "th",
        &[
            "width", "height", "colspan", "rowspan", "bgcolor", "valign", "nowrap", "scope",
        ],
    ),
    ("col", &["width", "span"]),
    ("colgroup", &["width", "span"]),
    ("font", &["color", "face", "size"]),
    ("ol", &["start", "type"]),
    ("hr", &["width", "size", "color"]),
    ("blockquote", &["type"]),
];
/// None of them takes a URL, moves anything out of its place or covers anything.
const STYLES: [&str; 34] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "max-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "text-indent",
    "vertical-align",
    "white-space",
    "width",
];

#[cfg(test)]
mod tests;
