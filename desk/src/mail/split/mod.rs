//! What is new in a mail's text, beside the signature and what is quoted. What must hold: no line is
//! lost, only sorted; when in doubt a line is new, for a folded answer is worse than a quote too many.

mod attribution;
mod headers;
mod markers;
#[cfg(test)]
mod tests;

use super::model::Reply;

/// The line that our own letters have on top, in any place of a line.
pub const SEPARATOR: &str = "-- reply above this line --";

/// `forwards`: the subject says that this is passed on, so what it passes on is what matters.
pub fn split(text: &str, forwards: bool) -> Reply {
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    let rest = text.lines().skip(LINES).collect::<Vec<_>>();
    let passed_on = lines.iter().position(|line| markers::forward(line));
    let end = passed_on.unwrap_or(lines.len());
    let cut = hard_cut(&lines[..end], forwards).filter(|at| has_words(&lines[..*at]));
    let (head, tail) = match cut {
        // Whatever was passed on below a cut is part of the quoted mail.
        Some(at) => (&lines[..at], &lines[at..]),
        None => (&lines[..end], &lines[lines.len()..]),
    };
    let mut reply = Blocks::of(head).sorted();
    if cut.is_none() {
        append(&mut reply.new, &lines[end..]);
        append(&mut reply.new, &rest);
    } else {
        append(&mut reply.quoted, tail);
        append(&mut reply.quoted, &rest);
    }
    reply
}

/// Whether a subject says that the mail is passed on.
pub fn forwards(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    let prefix = subject
        .split(':')
        .next()
        .filter(|prefix| prefix.len() < subject.len());
    prefix.is_some_and(|prefix| FORWARDS.contains(&prefix.trim()))
}

/// The line from which on everything is an earlier mail, however it is marked.
fn hard_cut(lines: &[&str], forwards: bool) -> Option<usize> {
    // A quoted one is found with its quote, so that answers between quotes stay new.
    let separator = lines
        .iter()
        .position(|line| line.contains(SEPARATOR) && !is_quoted(line));
    let at = (0..lines.len()).find(|at| {
        let from = &lines[*at..];
        separator == Some(*at)
            || (!forwards && (markers::original(lines[*at]) || headers::block(from)))
            || attribution::unquoted(from)
    })?;
    Some(with_heading(lines, at))
}

/// The rule or the attribution above a cut belongs to it.
fn with_heading(lines: &[&str], at: usize) -> usize {
    let above = lines[..at]
        .iter()
        .rposition(|line| !is_blank(line))
        .map_or(0, |last| last + 1);
    if above > 0 && markers::rule(lines[above - 1]) {
        return above - 1;
    }
    attribution::above(&lines[..above]).unwrap_or(at)
}

/// The lines in the blocks that decide what is new.
struct Blocks<'a> {
    blocks: Vec<(Sort, Vec<&'a str>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    Signature,
    Quote,
}

impl<'a> Blocks<'a> {
    fn of(lines: &[&'a str]) -> Blocks<'a> {
        let mut blocks: Vec<(Sort, Vec<&'a str>)> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let before = blocks.last().map(|(sort, _)| *sort);
            let sort = match before {
                _ if is_quoted(line) => Sort::Quote,
                Some(same) if is_blank(line) => same,
                Some(Sort::Signature) => Sort::Signature,
                _ if is_signature(&lines[at..]) => Sort::Signature,
                _ => Sort::Text,
            };
            if sort == Sort::Quote && before != Some(Sort::Quote) {
                let heading = take_attribution(&mut blocks);
                blocks.push((Sort::Quote, heading));
            } else if before != Some(sort) {
                blocks.push((sort, Vec::new()));
            }
            if let Some((_, block)) = blocks.last_mut() {
                block.push(line);
            }
        }
        blocks.retain(|(_, block)| has_words(block));
        Blocks { blocks }
    }

    fn sorted(self) -> Reply {
        let sorts: Vec<Sort> = self.blocks.iter().map(|(sort, _)| *sort).collect();
        let texts: Vec<usize> = places(&sorts, Sort::Text);
        let quotes: Vec<usize> = places(&sorts, Sort::Quote);
        let (first, last) = (texts.first(), texts.last());
        let above = quotes.iter().all(|quote| Some(quote) > last);
        let below = quotes.len() == 1 && quotes.first() < first;
        // Answers between the quotes make no sense without them; a quote alone is what was sent.
        let all_new = texts.is_empty() || !(above || below);
        let mut reply = Reply::default();
        for (sort, lines) in &self.blocks {
            let place = match sort {
                Sort::Signature => &mut reply.signature,
                Sort::Quote if !all_new => &mut reply.quoted,
                _ => &mut reply.new,
            };
            append(place, lines);
        }
        reply
    }
}

fn places(sorts: &[Sort], wanted: Sort) -> Vec<usize> {
    (0..sorts.len()).filter(|at| sorts[*at] == wanted).collect()
}

/// "On Monday Ann wrote:" belongs to the quote below it.
fn take_attribution<'a>(blocks: &mut [(Sort, Vec<&'a str>)]) -> Vec<&'a str> {
    let Some((_, block)) = blocks.last_mut() else {
        return Vec::new();
    };
    let end = block
        .iter()
        .rposition(|line| !is_blank(line))
        .map_or(0, |last| last + 1);
    match attribution::above(&block[..end]) {
        Some(at) => block.split_off(at),
        None => Vec::new(),
    }
}

/// RFC 3676 4.3: two dashes and a space; many programs lose the space, so then it must be short.
fn is_signature(lines: &[&str]) -> bool {
    let below = || {
        let near = lines
            .iter()
            .skip(1)
            .take(NEAR)
            .take_while(|line| !is_quoted(line));
        near.filter(|line| !is_blank(line)).count()
    };
    match lines.first() {
        Some(&"-- ") => below() <= LONG,
        Some(&"--" | &"—") => below() <= SHORT,
        Some(line) => markers::sent_from(line) && below() == 0,
        None => false,
    }
}

fn is_quoted(line: &str) -> bool {
    let line = line.trim_start_matches(' ');
    // ">From" is how mailboxes keep a line that starts with "From".
    line.starts_with('>') && !line.starts_with(">From ")
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn has_words(lines: &[&str]) -> bool {
    lines.iter().any(|line| !is_blank(line))
}

fn append(place: &mut String, lines: &[&str]) {
    let Some(first) = lines.iter().position(|line| !is_blank(line)) else {
        return;
    };
    if !place.is_empty() {
        place.push_str("\n\n");
    }
    place.push_str(lines[first..].join("\n").trim_end());
}

/// No answer has more; what lies behind is not looked at.
const LINES: usize = 10_000;
/// Lines of a signature; longer, it is doubtful, so new.
const LONG: usize = 25;
/// Lines of a signature that has no proper mark,
const SHORT: usize = 8;
/// and how far to look for them.
const NEAR: usize = 40;
const FORWARDS: [&str; 16] = [
    "fw",
    "fwd",
    "wg",
    "tr",
    "rv",
    "enc",
    "i",
    "doorst",
    "vb",
    "vs",
    "pd",
    "vl",
    "ил",
    "пересл",
    "转发",
    "転送",
];
