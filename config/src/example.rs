//! The annotated reference configuration, and a copy of it with values of one's own.

use crate::value::Value;

/// The reference: every key with its meaning and its default.
pub const EXAMPLE: &str = include_str!("../../maildesk.example.toml");

/// The example with these keys set. A key is set on its own line, commented out or not, so the
/// notes above it stay where they were.
pub fn annotated(values: &[(&str, Value)]) -> String {
    let mut table = String::new();
    let mut written = String::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            table = format!("{name}.");
        }
        let set = key_of(line).and_then(|key| {
            let full = format!("{table}{key}");
            values.iter().find(|(name, _)| *name == full)
        });
        match set {
            Some((name, value)) => {
                let key = name.rsplit('.').next().unwrap_or(name);
                written.push_str(&format!("{key} = {value}\n"));
            }
            None => {
                written.push_str(line);
                written.push('\n');
            }
        }
    }
    written
}

/// `key = value` and `#key = value` have a key; prose behind `# ` has none.
pub(crate) fn key_of(line: &str) -> Option<&str> {
    let line = line.strip_prefix('#').unwrap_or(line);
    let (key, _) = line.split_once(" = ")?;
    let word = |c: char| c.is_ascii_lowercase() || c == '_';
    (!key.is_empty() && key.chars().all(word)).then_some(key)
}
