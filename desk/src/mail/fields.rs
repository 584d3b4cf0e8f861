//! A header block as its fields (RFC 5322 2.2). What must hold: linear in the bytes, every value
//! unfolded and valid UTF-8, so that the parser of values never meets raw 8-bit text.

use super::parser::{self, Parameterised};

/// The fields of one header block, in order.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<Field>);

#[derive(Debug, Clone)]
pub struct Field {
    /// As written.
    pub name: String,
    /// Unfolded, without the line end.
    pub value: Vec<u8>,
}

impl Fields {
    pub fn parse(block: &[u8]) -> Fields {
        let mut fields: Vec<Field> = Vec::new();
        for line in block.split_inclusive(|b| *b == b'\n') {
            let line = without_line_end(line);
            // RFC 5322 2.2.3: a line that starts with white space continues the field before it.
            if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
                if let Some(last) = fields.last_mut() {
                    last.value.extend_from_slice(line);
                }
                continue;
            }
            if let Some((name, value)) = name_and_value(line) {
                fields.push(Field {
                    name: name.to_owned(),
                    value: value.to_vec(),
                });
            }
        }
        let mut fields = Fields(fields);
        fields.repair();
        fields
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.as_slice())
    }

    /// The first field of that name.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let mut fields = self.0.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        Some(&field.value)
    }

    /// The first field of that name, decoded, on one line.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).and_then(parser::unstructured)
    }

    pub fn parameterised(&self, name: &str) -> Option<Parameterised> {
        self.value(name).and_then(parser::parameterised)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    /// Raw 8-bit text is what the Content-Type says, or else what it looks like.
    fn repair(&mut self) {
        if self
            .0
            .iter()
            .all(|field| std::str::from_utf8(&field.value).is_ok())
        {
            return;
        }
        let kind = self.parameterised("Content-Type").unwrap_or_default();
        for field in &mut self.0 {
            if std::str::from_utf8(&field.value).is_err() {
                field.value = parser::text(&field.value, kind.parameter("charset")).into_bytes();
            }
        }
    }
}

/// Splits a field at its colon; `None` when the line is no field at all.
pub fn name_and_value(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().take(LONGEST_NAME).position(|b| *b == b':')?;
    // RFC 5322 4.5: old mail may have white space before the colon.
    let name = line[..colon].trim_ascii_end();
    // RFC 5322 2.2: printable ASCII but no colon.
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    Some((std::str::from_utf8(name).ok()?, &line[colon + 1..]))
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

const LONGEST_NAME: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_are_one_line() {
        let fields = Fields::parse(b"Subject: one\r\n two\r\n\tthree\r\nTo: x@y\r\n");
        assert_eq!(fields.text("subject").as_deref(), Some("one two\tthree"));
        assert_eq!(fields.iter().count(), 2);
    }

    #[test]
    fn raw_eight_bit_values_follow_the_content_type() {
        let koi8 =
            b"Subject: \xf0\xd2\xc9\xd7\xc5\xd4\r\nContent-Type: text/plain; charset=koi8-r\r\n";
        assert_eq!(
            Fields::parse(koi8).text("Subject").as_deref(),
            Some("Привет")
        );
        let latin = b"Subject: Gr\xfc\xdfe\r\n";
        assert_eq!(
            Fields::parse(latin).text("Subject").as_deref(),
            Some("Grüße")
        );
    }

    #[test]
    fn lines_without_a_name_are_no_fields() {
        assert!(name_and_value(b"hello there: x").is_none());
        assert!(name_and_value(b": x").is_none());
        assert!(name_and_value(b"no colon").is_none());
        assert_eq!(name_and_value(b"X-Old : y"), Some(("X-Old", &b" y"[..])));
    }
}
