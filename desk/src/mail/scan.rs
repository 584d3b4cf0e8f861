//! The streaming pass over a message: where its parts are (RFC 2046 5.1). What must hold: one pass,
//! linear, a fixed amount of memory whatever the size; a nested message is one leaf, never opened,
//! so nothing here or after it recurses into what a stranger nested.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::Range;

use super::fields::{Fields, name_and_value};
use super::parser::Parameterised;
use lines::{Line, Lines};

mod lines;

/// What is where in a message.
pub struct Outline {
    pub size: u64,
    /// The first is the message itself; parents stand before their children.
    pub parts: Vec<Part>,
    /// SHA-256 of all bytes behind the header block, carriage returns left out.
    pub body: [u8; 32],
    /// Why not everything is in here.
    pub broken: Option<String>,
}

pub struct Part {
    pub fields: Fields,
    pub kind: Parameterised,
    /// Where the body is, transfer encoded.
    pub body: Range<u64>,
    pub parent: Option<usize>,
    pub multipart: bool,
}

pub fn scan(source: impl Read) -> Outline {
    let mut scan = Scan {
        lines: Lines::new(source),
        parts: Vec::new(),
        open: Vec::new(),
        boundaries: HashMap::new(),
        place: Place::Header {
            of: None,
            block: Vec::new(),
        },
        header_bytes: 0,
        broken: None,
    };
    let mut line = Line::default();
    while scan.lines.next(&mut line, scan.place.keeps()) {
        scan.line(&line);
    }
    scan.finish()
}

struct Scan<R> {
    lines: Lines<R>,
    parts: Vec<Part>,
    /// The multiparts we are in, outermost first.
    open: Vec<usize>,
    /// Their boundaries, with the places in `open` that use each.
    boundaries: HashMap<Vec<u8>, Vec<usize>>,
    place: Place,
    header_bytes: usize,
    broken: Option<String>,
}

enum Place {
    /// In a header block: of the child of that multipart, or of the message.
    Header { of: Option<usize>, block: Vec<u8> },
    /// In the body of that part.
    Body { part: usize },
    /// In a preamble or an epilogue, which nobody reads (RFC 2046 5.1.1).
    Between,
}

impl Place {
    /// How much of a line must be known here.
    fn keeps(&self) -> usize {
        match self {
            Place::Header { .. } => HEADER_LINE,
            Place::Body { .. } | Place::Between => BOUNDARY_LINE,
        }
    }
}

impl<R: Read> Scan<R> {
    fn line(&mut self, line: &Line) {
        if self.boundary(line) {
            return;
        }
        let Place::Header { block, .. } = &mut self.place else {
            return;
        };
        if line.is_empty() {
            self.header_ends(line.end(), b"");
        } else if belongs_to_header(line, block) {
            self.keep(line);
        } else {
            // Neither a field nor the empty line: the body starts without one.
            self.header_ends(line.start, &line.head);
        }
    }

    /// Adds a line to the header block, within the limits.
    fn keep(&mut self, line: &Line) {
        let Place::Header { block, .. } = &mut self.place else {
            return;
        };
        let full = block.len() + line.head.len() > HEADER_BLOCK
            || self.header_bytes + line.head.len() > HEADER_BLOCKS;
        if !full {
            self.header_bytes += line.head.len();
            block.extend_from_slice(&line.head);
        }
        if line.is_cut() {
            block.push(b'\n');
        }
        if full || line.is_cut() {
            self.breaks("its header is too large");
        }
    }

    /// The body starts at that place; `first` are the bytes of it that were read as header.
    fn header_ends(&mut self, at: u64, first: &[u8]) {
        let place = std::mem::replace(&mut self.place, Place::Between);
        let Place::Header { of, block } = place else {
            return;
        };
        if of.is_none() {
            self.lines.hash_from(first);
        }
        let fields = Fields::parse(&block);
        let kind = content_type(&fields, of.map(|of| &self.parts[of].kind));
        let boundary = boundary(&kind);
        let part = self.parts.len();
        self.parts.push(Part {
            fields,
            kind,
            body: at..at,
            parent: of,
            multipart: false,
        });
        match boundary {
            Some(boundary) if self.open.len() < NESTING => {
                self.parts[part].multipart = true;
                self.boundaries
                    .entry(boundary)
                    .or_default()
                    .push(self.open.len());
                self.open.push(part);
            }
            boundary => {
                self.place = Place::Body { part };
                if boundary.is_some() {
                    self.breaks("its parts are nested too deep");
                }
            }
        }
    }

    /// Whether the line is a boundary of one of the open multiparts; then it is dealt with.
    fn boundary(&mut self, line: &Line) -> bool {
        let Some(text) = line
            .head
            .strip_prefix(b"--")
            .filter(|_| !self.open.is_empty())
        else {
            return false;
        };
        // RFC 2046 5.1.1: white space may have been added behind a boundary.
        let text = text.trim_ascii_end();
        let level = |text: &[u8]| {
            self.boundaries
                .get(text)
                .and_then(|levels| levels.last())
                .copied()
        };
        let (level, closes) = match level(text) {
            Some(level) => (level, false),
            None => match text.strip_suffix(b"--").and_then(level) {
                Some(level) => (level, true),
                None => return false,
            },
        };
        // RFC 2046 5.1.1: the line end before a boundary belongs to it.
        self.part_ends(line.start - line.ending_before, line.start);
        // RFC 2046 5.1.2: an outer boundary ends inner parts that forgot theirs.
        self.close(level + 1, line.start);
        let multipart = self.open[level];
        if closes {
            self.close(level, line.start);
            self.place = Place::Between;
        } else if self.parts.len() < PARTS {
            self.place = Place::Header {
                of: Some(multipart),
                block: Vec::new(),
            };
        } else {
            self.breaks("it has too many parts");
            self.place = Place::Between;
        }
        true
    }

    /// The current leaf ends; a header without a body ends where its line does.
    fn part_ends(&mut self, end: u64, line_start: u64) {
        if matches!(self.place, Place::Header { .. }) {
            self.header_ends(line_start, b"");
        }
        if let Place::Body { part } = self.place {
            let body = &mut self.parts[part].body;
            body.end = end.max(body.start);
        }
    }

    /// Leaves all multiparts from that level inwards.
    fn close(&mut self, level: usize, end: u64) {
        for part in self.open.drain(level.min(self.open.len())..) {
            self.parts[part].body.end = end;
        }
        self.boundaries.retain(|_, levels| {
            levels.retain(|at| *at < level);
            !levels.is_empty()
        });
    }

    fn breaks(&mut self, why: &str) {
        self.broken.get_or_insert_with(|| why.to_owned());
    }

    fn finish(mut self) -> Outline {
        let size = self.lines.position();
        self.part_ends(size, size);
        self.close(0, size);
        empty_multiparts_are_text(&mut self.parts);
        Outline {
            size,
            parts: self.parts,
            body: self.lines.hash(),
            broken: self.lines.failure().or(self.broken),
        }
    }
}

/// A multipart in which no part was found is the text that it seems to be.
fn empty_multiparts_are_text(parts: &mut [Part]) {
    let parents: HashSet<usize> = parts.iter().filter_map(|part| part.parent).collect();
    for (at, part) in parts.iter_mut().enumerate() {
        if part.multipart && !parents.contains(&at) {
            part.multipart = false;
            part.kind = Parameterised {
                value: TEXT.to_owned(),
                parameters: Vec::new(),
            };
        }
    }
}

fn belongs_to_header(line: &Line, block: &[u8]) -> bool {
    let continues = line.head.starts_with(b" ") || line.head.starts_with(b"\t");
    let envelope =
        block.is_empty() && (line.head.starts_with(b"From ") || line.head.starts_with(b">From "));
    continues || envelope || name_and_value(&line.head).is_some()
}

/// RFC 2045 5.2: without a Content-Type, or with a broken one, it is text, and so is a multipart that
/// cannot be taken apart; RFC 2046 5.1.5: in a
/// digest it is a message.
fn content_type(fields: &Fields, parent: Option<&Parameterised>) -> Parameterised {
    let default = match parent {
        Some(parent) if parent.value == "multipart/digest" => "message/rfc822",
        _ => TEXT,
    };
    let found = fields.parameterised("Content-Type").unwrap_or_default();
    let unbounded = found.value.starts_with("multipart/") && boundary(&found).is_none();
    if found.value.contains('/') && !unbounded {
        return found;
    }
    Parameterised {
        value: default.to_owned(),
        parameters: found.parameters,
    }
}

/// RFC 2046 5.1.1 allows 70 characters; the wild has more.
fn boundary(kind: &Parameterised) -> Option<Vec<u8>> {
    let boundary = kind.parameter("boundary")?.trim_end().as_bytes();
    let usable = kind.value.starts_with("multipart/") && (1..=BOUNDARY).contains(&boundary.len());
    usable.then(|| boundary.to_vec())
}

const TEXT: &str = "text/plain";

/// What Postfix allows, too.
const NESTING: usize = 100;
const PARTS: usize = 1000;
const HEADER_BLOCK: usize = 256 * 1024;
/// Of all parts together.
const HEADER_BLOCKS: usize = 1024 * 1024;
const HEADER_LINE: usize = 64 * 1024;
const BOUNDARY: usize = 2048;
const BOUNDARY_LINE: usize = BOUNDARY + 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves of a message, as their bodies.
    fn leaves(message: &str) -> Vec<&str> {
        let outline = scan(message.as_bytes());
        assert_eq!(outline.size, message.len() as u64);
        let leaves = outline.parts.iter().filter(|part| !part.multipart);
        leaves
            .map(|part| &message[part.body.start as usize..part.body.end as usize])
            .collect()
    }

    const HEAD: &str = "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n";

    #[test]
    fn the_line_end_before_a_boundary_is_not_of_the_part() {
        let text = format!(
            "{HEAD}preamble\r\n--b\r\n\r\none\r\n\r\n--b\t \r\n\r\ntwo\r\n--b--\r\nepilogue\r\n--b\r\n\r\nthree"
        );
        assert_eq!(leaves(&text), ["one\r\n", "two"]);
        assert_eq!(leaves(&text.replace('\r', "")), ["one\n", "two"]);
    }

    #[test]
    fn what_only_starts_like_a_boundary_is_text() {
        let text = format!("{HEAD}--b\r\n\r\n--bb\r\n --b\r\n--b---\r\n--b--\r\n");
        assert_eq!(leaves(&text), ["--bb\r\n --b\r\n--b---"]);
    }

    #[test]
    fn empty_parts_and_parts_without_a_body_are_parts() {
        let text = format!("{HEAD}--b\r\n--b\r\nX: y\r\n--b\r\n\r\n--b--\r\n");
        assert_eq!(leaves(&text), ["", "", ""]);
    }

    #[test]
    fn an_outer_boundary_ends_inner_parts() {
        let text = format!(
            "{HEAD}--b\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\none\r\n--b\r\n\r\n--i\r\ntwo\r\n--b--"
        );
        assert_eq!(leaves(&text), ["one", "--i\r\ntwo"]);
    }

    #[test]
    fn a_multipart_without_parts_is_text() {
        let text = format!("{HEAD}no boundary\r\nat all\r\n");
        assert_eq!(leaves(&text), ["no boundary\r\nat all\r\n"]);
        assert_eq!(scan(text.as_bytes()).parts[0].kind.value, "text/plain");
    }

    #[test]
    fn in_a_digest_parts_are_messages() {
        let text = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n";
        assert_eq!(scan(text.as_bytes()).parts[1].kind.value, "message/rfc822");
    }

    #[test]
    fn a_mailbox_line_in_front_is_no_field() {
        let outline = scan(&b"From a@b Mon Mar 3 10:12:13 2025\r\nSubject: x\r\n\r\nbody"[..]);
        assert_eq!(
            outline.parts[0].fields.text("Subject").as_deref(),
            Some("x")
        );
        assert_eq!(outline.parts[0].fields.iter().count(), 1);
    }

    #[test]
    fn a_source_that_fails_gives_what_was_read() {
        struct Failing(usize);
        impl Read for Failing {
            fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
                let text = b"Subject: x\r\n\r\nbody";
                if self.0 == text.len() {
                    return Err(std::io::Error::other("the disk is gone"));
                }
                out[..text.len()].copy_from_slice(text);
                self.0 = text.len();
                Ok(text.len())
            }
        }
        let outline = scan(Failing(0));
        assert!(
            outline
                .broken
                .is_some_and(|why| why.contains("the disk is gone"))
        );
        assert_eq!(outline.parts[0].body, 14..18);
    }
}
