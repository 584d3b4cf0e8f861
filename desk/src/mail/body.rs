//! Which parts are the readable text, and that text (RFC 2046 5.1). What must hold: every leaf is either
//! read here or listed as an attachment, so nothing of a mail is invisible; what is held is bounded.

use std::io::{Read, Seek, SeekFrom};

use super::decode::{Encoding, decoder};
use super::html::plain::plain;
use super::scan::{Outline, Part};
use super::{clean, flowed, linkify, parser};

#[derive(Debug, Default)]
pub struct Body {
    pub text: Option<String>,
    pub html: Option<String>,
    /// The text, or the HTML as text.
    pub readable: String,
    /// The parts that are wholly in here.
    pub shown: Vec<usize>,
}

pub fn read(outline: &Outline, source: &mut (impl Read + Seek)) -> Body {
    let plan = Plan::of(&outline.parts);
    let mut reader = Reader {
        parts: &outline.parts,
        source,
        room: ALL_TEXT,
        shown: Vec::new(),
    };
    let sections: Vec<Section> = plan
        .sections
        .iter()
        .map(|places| reader.section(places))
        .collect();
    let (text, html) = (text_of(&sections), html_of(&sections));
    let readable = match (&text, &html) {
        (Some(text), _) => text.clone(),
        (None, Some(html)) => plain(html),
        (None, None) => String::new(),
    };
    Body {
        text,
        html,
        readable,
        shown: reader.shown,
    }
}

/// Transfer encoded bytes of one part, decoded, at most `longest`; what cannot be read ends there.
pub fn bytes(part: &Part, source: &mut (impl Read + Seek), longest: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if source.seek(SeekFrom::Start(part.body.start)).is_ok() {
        let range = source.take(part.body.end - part.body.start);
        // An error leaves what was read until then.
        let _ = decoder(range, encoding(part))
            .take(longest)
            .read_to_end(&mut bytes);
    }
    bytes
}

pub fn encoding(part: &Part) -> Encoding {
    let name = part
        .fields
        .text("Content-Transfer-Encoding")
        .unwrap_or_default();
    Encoding::named(&name)
}

/// One thing to read, as text, as HTML, or in both forms.
#[derive(Debug, Default, PartialEq)]
struct Places {
    text: Vec<usize>,
    html: Vec<usize>,
}

struct Plan<'a> {
    parts: &'a [Part],
    children: Vec<Vec<usize>>,
    sections: Vec<Places>,
}

impl Plan<'_> {
    fn of(parts: &[Part]) -> Plan<'_> {
        let mut children = vec![Vec::new(); parts.len()];
        for (at, part) in parts.iter().enumerate() {
            if let Some(parent) = part.parent {
                children[parent].push(at);
            }
        }
        let mut plan = Plan {
            parts,
            children,
            sections: Vec::new(),
        };
        if !parts.is_empty() {
            plan.sections = plan.walk(0, true);
        }
        plan
    }

    /// The scan bounds how deep this goes.
    fn walk(&self, at: usize, first: bool) -> Vec<Places> {
        let part = &self.parts[at];
        let children = &self.children[at];
        if !part.multipart {
            return self.leaf(at, first).into_iter().collect();
        }
        match part.kind.value.as_str() {
            "multipart/alternative" => {
                let forms = children.iter().flat_map(|child| self.walk(*child, true));
                let mut both = Places::default();
                for form in forms {
                    both.text.extend(form.text);
                    both.html.extend(form.html);
                }
                vec![both]
            }
            // RFC 2387 3.2: the root is the first part unless "start" names another.
            "multipart/related" => self
                .root(part, children)
                .map_or(Vec::new(), |at| self.walk(at, true)),
            _ => {
                let each = children.iter().enumerate();
                each.flat_map(|(place, child)| self.walk(*child, place == 0))
                    .collect()
            }
        }
    }

    fn root(&self, part: &Part, children: &[usize]) -> Option<usize> {
        let start = part
            .kind
            .parameter("start")
            .map(|id| id.trim_matches(['<', '>']));
        let named = |at: &&usize| {
            let id = self.parts[**at].fields.text("Content-ID");
            id.is_some_and(|id| Some(id.trim_matches(['<', '>'])) == start)
        };
        children.iter().find(named).or(children.first()).copied()
    }

    /// RFC 2183 2: text is read where it stands, unless it says that it is a file.
    fn leaf(&self, at: usize, first: bool) -> Option<Places> {
        let part = &self.parts[at];
        let disposition = part
            .fields
            .parameterised("Content-Disposition")
            .unwrap_or_default();
        let named =
            disposition.parameter("filename").is_some() || part.kind.parameter("name").is_some();
        if disposition.value == "attachment" || (named && !first) {
            return None;
        }
        match part.kind.value.as_str() {
            "text/plain" => Some(Places {
                text: vec![at],
                html: Vec::new(),
            }),
            "text/html" => Some(Places {
                text: Vec::new(),
                html: vec![at],
            }),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
struct Section {
    text: Option<String>,
    html: Option<String>,
}

struct Reader<'a, S> {
    parts: &'a [Part],
    source: &'a mut S,
    room: u64,
    shown: Vec<usize>,
}

impl<S: Read + Seek> Reader<'_, S> {
    fn section(&mut self, places: &Places) -> Section {
        let text: Vec<String> = places.text.iter().filter_map(|at| self.text(*at)).collect();
        let html: Vec<String> = places.html.iter().filter_map(|at| self.html(*at)).collect();
        let joined = |pieces: Vec<String>| (!pieces.is_empty()).then(|| pieces.join("\n"));
        Section {
            text: joined(text),
            html: joined(html),
        }
    }

    /// Text that is too long is shown as far as it goes, and listed as a file too.
    fn text(&mut self, at: usize) -> Option<String> {
        let part = &self.parts[at];
        let (decoded, whole) = self.decoded(at)?;
        let text = clean::block(&decoded);
        let flowed = part
            .kind
            .parameter("format")
            .is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
        if whole {
            self.shown.push(at);
        }
        if !flowed {
            return Some(text);
        }
        let delete_space = part
            .kind
            .parameter("delsp")
            .is_some_and(|d| d.eq_ignore_ascii_case("yes"));
        Some(flowed::unflowed(&text, delete_space))
    }

    /// HTML cannot be cut; what is too long is only a file.
    fn html(&mut self, at: usize) -> Option<String> {
        let (decoded, whole) = self.decoded(at)?;
        if !whole {
            return None;
        }
        self.shown.push(at);
        Some(clean::block(&decoded))
    }

    /// The characters of a part, and whether these are all.
    fn decoded(&mut self, at: usize) -> Option<(String, bool)> {
        let part = &self.parts[at];
        let longest = TEXT.min(self.room);
        if longest == 0 {
            return None;
        }
        let mut bytes = bytes(part, self.source, longest + 1);
        let whole = bytes.len() as u64 <= longest;
        bytes.truncate(longest as usize);
        self.room -= bytes.len() as u64;
        let charset = part.kind.parameter("charset").map(str::to_owned);
        let charset =
            charset.or_else(|| (part.kind.value == "text/html").then(|| declared(&bytes))?);
        let text = parser::text(&bytes, charset.as_deref());
        // A character set may make four bytes of one.
        let cut = clean::cut(&text, TEXT as usize);
        Some((cut.to_owned(), whole && cut.len() == text.len()))
    }
}

/// The character set that HTML itself declares in a meta element.
fn declared(html: &[u8]) -> Option<String> {
    let start = &html[..html.len().min(DECLARATION)];
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let meta = start.find("<meta")?;
    let value = start[meta..]
        .split_once("charset=")?
        .1
        .trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c))?;
    Some(value[..end].to_owned())
}

/// The text, where there is any; sections that are only HTML are turned into text in their place.
fn text_of(sections: &[Section]) -> Option<String> {
    sections.iter().find(|section| section.text.is_some())?;
    let each = sections
        .iter()
        .filter_map(|section| match (&section.text, &section.html) {
            (Some(text), _) => Some(text.clone()),
            (None, Some(html)) => Some(plain(html)),
            (None, None) => None,
        });
    Some(each.collect::<Vec<_>>().join("\n"))
}

fn html_of(sections: &[Section]) -> Option<String> {
    sections.iter().find(|section| section.html.is_some())?;
    let each = sections
        .iter()
        .filter_map(|section| match (&section.html, &section.text) {
            (Some(html), _) => Some(html.clone()),
            (None, Some(text)) => Some(linkify::text_to_html(text)),
            (None, None) => None,
        });
    let html = each.collect::<Vec<_>>().join("\n");
    (html.len() as u64 <= TEXT).then_some(html)
}

/// HTML 4.2.5.5 wants the declaration within the first 1024 bytes.
const DECLARATION: usize = 2048;
const TEXT: u64 = 1024 * 1024;
const ALL_TEXT: u64 = 3 * 1024 * 1024;
