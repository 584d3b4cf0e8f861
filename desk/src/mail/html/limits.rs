//! A look over HTML before a parser gets it. What must hold: linear itself; input that passes is parsed
//! in time that grows with its length only. Unclosed elements and very many attributes make HTML
//! parsers quadratic (measured: 500 KB of `<div>` take 20 s), so what is counted here errs upwards.

use std::ops::ControlFlow;

/// Whether the input is small enough in every way that matters.
pub fn hold(html: &str) -> bool {
    if html.len() > BYTES {
        return false;
    }
    let mut look = Look {
        html: html.as_bytes(),
        at: 0,
        tree: Tree::default(),
        wary: false,
    };
    while let Some(at) = memchr::memchr(b'<', &look.html[look.at..]) {
        look.at += at + 1;
        if look.markup().is_break() {
            return false;
        }
    }
    true
}

struct Look<'a> {
    html: &'a [u8],
    at: usize,
    tree: Tree,
    /// Something was seen in which tags are not what they seem: from here on all tags open, none close.
    wary: bool,
}

impl<'a> Look<'a> {
    /// What stands behind a `<`.
    fn markup(&mut self) -> ControlFlow<()> {
        match self.html.get(self.at..).unwrap_or_default() {
            [b'!', b'-', b'-', ..] => self.comment(),
            [b'!' | b'?', ..] => self.skip_past(b">"),
            [b'/', letter, ..] if letter.is_ascii_alphabetic() => {
                self.at += 1;
                let name = self.name();
                self.attributes()?;
                if !self.wary {
                    self.tree.close(&name);
                }
                return self.tree.step();
            }
            [b'/', ..] => self.skip_past(b">"),
            [letter, ..] if letter.is_ascii_alphabetic() => return self.start_tag(),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn start_tag(&mut self) -> ControlFlow<()> {
        let name = self.name();
        self.attributes()?;
        self.wary |= WARY.contains(&name.as_str());
        if !self.wary && RAW.contains(&name.as_str()) {
            self.raw_text(&name);
            return ControlFlow::Continue(());
        }
        self.tree.open(name)
    }

    /// Comments end with `-->`, but also at once (`<!-->`, `<!--->`) and with `--!>`.
    fn comment(&mut self) {
        if self.wary {
            return;
        }
        self.at += 3;
        let rest = &self.html[self.at..];
        if rest.starts_with(b">") || rest.starts_with(b"->") {
            return;
        }
        let dashes = memchr::memmem::find_iter(rest, b"--");
        let mut ends = dashes
            .filter(|at| rest[at + 2..].starts_with(b">") || rest[at + 2..].starts_with(b"!>"));
        self.at += ends.next().unwrap_or(rest.len());
    }

    /// The content of such an element is text, up to its end tag.
    fn raw_text(&mut self, name: &str) {
        let rest = &self.html[self.at..];
        let end = memchr::memmem::find_iter(rest, b"</").find(|at| {
            let behind = rest.get(at + 2..at + 2 + name.len());
            behind.is_some_and(|behind| behind.eq_ignore_ascii_case(name.as_bytes()))
        });
        let end = end.unwrap_or(rest.len());
        // In a script, "<!--" changes what its end is.
        self.wary |= memchr::memmem::find(&rest[..end], b"<!--").is_some() && name == "script";
        self.at += end;
    }

    fn name(&mut self) -> String {
        let rest = &self.html[self.at..];
        let end = rest
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
        let end = end.unwrap_or(rest.len());
        self.at += end;
        String::from_utf8_lossy(&rest[..end.min(LONGEST_NAME)]).to_ascii_lowercase()
    }

    /// Reads to the end of the tag, through quotes; too many attributes break.
    fn attributes(&mut self) -> ControlFlow<()> {
        let mut count = 0;
        loop {
            self.skip_while(|b| b.is_ascii_whitespace() || b == b'/');
            match self.html.get(self.at) {
                None => return ControlFlow::Continue(()),
                Some(b'>') => {
                    self.at += 1;
                    return ControlFlow::Continue(());
                }
                Some(_) => {}
            }
            count += 1;
            if count > ATTRIBUTES {
                return ControlFlow::Break(());
            }
            // A name may start with "=".
            self.at += 1;
            self.skip_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'='));
            self.skip_while(|b| b.is_ascii_whitespace());
            if self.html.get(self.at) == Some(&b'=') {
                self.at += 1;
                self.value();
            }
        }
    }

    fn value(&mut self) {
        self.skip_while(|b| b.is_ascii_whitespace());
        match self.html.get(self.at) {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                self.skip_past(&[*quote]);
            }
            _ => self.skip_while(|b| !b.is_ascii_whitespace() && b != b'>'),
        }
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        let rest = self.html.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|b| !skipped(*b)).unwrap_or(rest.len());
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = self.html.get(self.at..).unwrap_or_default();
        self.at += memchr::memmem::find(rest, end).map_or(rest.len(), |at| at + end.len());
    }
}

/// The open elements, as far as a parser could have them open.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    /// Formatting elements nobody closed: a parser opens them again in every block.
    formatting: Vec<String>,
    /// How many elements that makes in all.
    made: usize,
    /// For each tag a parser may walk through all elements that are open.
    steps: usize,
    roots: usize,
}

struct Element {
    name: String,
    /// How many formatting elements were open before it.
    formatting: usize,
}

impl Tree {
    fn open(&mut self, name: String) -> ControlFlow<()> {
        // Every further <html> or <body> adds its attributes to the first.
        self.roots += usize::from(name == "html" || name == "body");
        if !VOID.contains(&name.as_str()) {
            self.close_implied(&name);
            let formatting = self.formatting.len();
            if FORMATTING.contains(&name.as_str()) {
                self.formatting.push(name.clone());
            }
            self.open.push(Element { name, formatting });
        }
        self.step()
    }

    /// Counts a tag: an end tag, too, may make an element (`</p>`).
    fn step(&mut self) -> ControlFlow<()> {
        self.made += 1 + self.formatting.len();
        self.steps += self.open.len();
        let within = self.open.len() <= DEPTH
            && self.formatting.len() <= OPEN_FORMATTING
            && self.made <= MADE
            && self.steps <= STEPS
            && self.roots <= ROOTS;
        if within {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// What a start tag ends: `<li>` the `<li>` before it, a cell the cell before it, a link a link.
    fn close_implied(&mut self, name: &str) {
        if name == "a" || name == "nobr" {
            self.close_formatting(name);
        }
        if let Some((_, ended)) = TABLE.iter().find(|(starts, _)| starts.contains(&name)) {
            let of_this_table = self
                .open
                .iter()
                .rposition(|element| element.name == "table")
                .map_or(0, |at| at + 1);
            let inner = self.open[of_this_table..]
                .iter()
                .position(|element| ended.contains(&element.name.as_str()));
            if let Some(at) = inner {
                self.truncate(of_this_table + at);
            }
        }
        if let Some((_, ended)) = IMPLIED.iter().find(|(starts, _)| starts.contains(&name)) {
            while self
                .open
                .last()
                .is_some_and(|top| ended.contains(&top.name.as_str()))
            {
                self.truncate(self.open.len() - 1);
            }
        }
    }

    /// An end tag ends the innermost element of its name, if nothing in between forbids it.
    fn close(&mut self, name: &str) {
        if FORMATTING.contains(&name) {
            return self.close_formatting(name);
        }
        let inline = INLINE.contains(&name);
        if let Some(at) = self.innermost(name, |other| {
            if inline {
                !is_inline(other)
            } else {
                BARRIERS.contains(&other)
            }
        }) {
            self.truncate(at);
        }
    }

    /// HTML 13.2.6.4.7, the adoption agency: blocks within a formatting element outlive it.
    fn close_formatting(&mut self, name: &str) {
        let cell = self
            .open
            .iter()
            .rfind(|element| CELLS.contains(&element.name.as_str()));
        let marker = cell.map_or(0, |cell| cell.formatting);
        let Some(listed) = self.formatting[marker..]
            .iter()
            .rposition(|other| other == name)
        else {
            return;
        };
        let is_open = self.open.iter().any(|element| element.name == name);
        match self.innermost(name, |other| BARRIERS.contains(&other)) {
            Some(at)
                if self.open[at..]
                    .iter()
                    .all(|element| is_inline(&element.name)) =>
            {
                self.open.truncate(at)
            }
            Some(at) => drop(self.open.remove(at)),
            None if is_open => return,
            None => {}
        }
        self.formatting.remove(marker + listed);
    }

    fn innermost(&self, name: &str, barrier: impl Fn(&str) -> bool) -> Option<usize> {
        let at = self
            .open
            .iter()
            .rposition(|element| element.name == name || barrier(&element.name))?;
        (self.open[at].name == name).then_some(at)
    }

    /// Leaves elements; a cell keeps its formatting to itself.
    fn truncate(&mut self, length: usize) {
        for left in self.open.drain(length..).rev() {
            if CELLS.contains(&left.name.as_str()) {
                self.formatting.truncate(left.formatting);
            }
        }
    }
}

fn is_inline(name: &str) -> bool {
    FORMATTING.contains(&name) || INLINE.contains(&name)
}

const BYTES: usize = 1024 * 1024;
const DEPTH: usize = 512;
const ATTRIBUTES: usize = 100;
const OPEN_FORMATTING: usize = 100;
const MADE: usize = 120_000;
const STEPS: usize = 8_000_000;
const ROOTS: usize = 10;
const LONGEST_NAME: usize = 32;

const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];
const FORMATTING: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];
const INLINE: [&str; 12] = [
    "span", "abbr", "acronym", "bdo", "bdi", "cite", "del", "ins", "label", "q", "sub", "sup",
];
const CELLS: [&str; 3] = ["td", "th", "caption"];
const BARRIERS: [&str; 9] = [
    "table", "td", "th", "caption", "object", "applet", "marquee", "button", "html",
];
/// What a start tag ends of itself, when it is innermost.
const IMPLIED: [(&[&str], &[&str]); 3] = [
    (&["li"], &["li", "p"]),
    (&["dt", "dd"], &["dt", "dd", "p"]),
    (
        &[
            "p",
            "div",
            "ul",
            "ol",
            "table",
            "blockquote",
            "h1",
            "h2",
            "h3",
            "h4",
            "pre",
            "center",
            "hr",
        ],
        &["p"],
    ),
];
/// What a start tag ends of the table it is in, with all that is open in there.
const TABLE: [(&[&str], &[&str]); 3] = [
    (&["td", "th"], &["td", "th", "caption"]),
    (&["tr"], &["tr", "td", "th", "caption"]),
    (
        &["tbody", "thead", "tfoot"],
        &["tbody", "thead", "tfoot", "tr", "td", "th", "caption"],
    ),
];
/// Their content is text, everywhere a mail has them.
const RAW: [&str; 3] = ["style", "script", "title"];
/// In or behind these, parsers read tags in ways of their own.
const WARY: [&str; 13] = [
    "svg",
    "math",
    "select",
    "noscript",
    "plaintext",
    "frameset",
    "template",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "textarea",
    "applet",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_newsletters_pass() {
        let row = "<tr><td style='a'><font color=red><p>x<p>y<br></font><td><img src=x></tr>";
        let table = format!("<table>{}</table>", row.repeat(300));
        let mso = "<!--[if mso]><table><tr><td><![endif]--><div>x</div><!--[if mso]></td></tr></table><![endif]-->";
        let html = format!(
            "<html><head><style>a > b {{}}</style></head><body>{table}{}",
            mso.repeat(300)
        );
        assert!(hold(&html));
        assert!(hold(&"<p>one<ul><li>x<li>y</ul><b>z</b>".repeat(500)));
    }

    #[test]
    fn bombs_do_not_pass() {
        let many = |piece: &str, count: usize| piece.repeat(count);
        for bomb in [
            many("<div>", 513),
            many("<div><!--</div>-->", 600),
            many("<div><!--></div><!-- -->", 600) + &many("<div>", 513),
            many("<div title='</div>'>", 600),
            many("<div><style></div></style>", 600),
            many("<div><table></div></table>", 600),
            format!("<svg><style>{}", many("<g>", 600)),
            format!("<select><xmp></select>{}", many("<div>", 600)),
            format!("{}{}", many("<font a=1>", 101), many("<p>x", 10)),
            format!("{}{}", many("<b>", 99), many("<p>x</p>", 5000)),
            format!("<a {}>", many("x ", 101)),
            many("<body a=1>", 11),
            many("<div>", 500) + &many("</p>", 20_000),
            many("<div>", 500) + &many("<i></i>", 20_000),
            many("x", BYTES + 1),
            format!("<script><!--<script></script>{}", many("<div></div>", 600)),
        ] {
            assert!(!hold(&bomb), "{}", &bomb[..bomb.len().min(80)]);
        }
    }

    #[test]
    fn looking_is_quick() {
        let size = if cfg!(debug_assertions) {
            BYTES / 10
        } else {
            BYTES
        };
        let started = std::time::Instant::now();
        for piece in [
            "<",
            "<!--",
            "</",
            "<a ",
            "<style>",
            "<a b='",
            "<!",
            "<a =",
            "<div></div>",
            "<b></b>",
            "<p>",
        ] {
            hold(&piece.repeat(size / piece.len()));
        }
        assert!(started.elapsed().as_secs() < 20);
    }
}
