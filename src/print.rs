//! Standard output of the commands. Text out of mails is shown without control characters, which
//! could otherwise rewrite what stands on the terminal.

use std::io::{self, Write};

use serde_json::Value;

use crate::fault::Fault;

/// One line of text and its end. A reader that has gone away, such as `head`, ends the program
/// quietly instead of with an error.
pub fn line(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Fault::temporary(format!("standard output: {error}"))),
    }
}

pub fn json(value: &Value) -> Result<(), Fault> {
    let text = serde_json::to_string_pretty(value);
    line(&text.map_err(|error| Fault::new(crate::fault::Exit::Internal, error.to_string()))?)
}

/// A JSON array, a row on a line, written as the rows come.
#[derive(Default)]
pub struct Array {
    begun: bool,
}

impl Array {
    pub fn row(&mut self, row: &Value) -> Result<(), Fault> {
        let lead = if self.begun { "," } else { "[" };
        self.begun = true;
        line(&format!("{lead}{row}"))
    }

    pub fn end(self) -> Result<(), Fault> {
        line(if self.begun { "]" } else { "[]" })
    }
}

/// A field as people read it: without quotes, on one line.
pub fn field(row: &Value, name: &str) -> String {
    match &row[name] {
        Value::Null => "-".to_owned(),
        Value::String(text) => plain(text).replace(['\n', '\t'], " "),
        Value::Array(values) => {
            let texts = values
                .iter()
                .map(|value| value.as_str().unwrap_or_default());
            texts.map(plain).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Text without what a terminal would act upon.
pub fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        // Directional overrides can make one text look like another (Unicode TR 36).
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn escapes_of_a_mail_do_not_reach_the_terminal() {
        assert_eq!(
            plain("a\u{1b}[2Jb\u{9b}c\r\nd\u{202e}"),
            "a\u{fffd}[2Jb\u{fffd}c\nd\u{fffd}"
        );
    }

    #[test]
    fn fields_fit_on_a_line() {
        let row = json!({ "subject": "a\nb", "assignee": null, "to": ["x", "y"], "n": 3 });
        let shown = ["subject", "assignee", "to", "n", "absent"].map(|name| field(&row, name));
        assert_eq!(shown, ["a b", "-", "x, y", "3", "-"]);
    }
}
