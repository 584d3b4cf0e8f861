//! Every key that exists, and the nearest one to a key that does not.
//!
//! The environment variable of a key follows from its name: `smtp.max_size` is
//! `MAILDESK_SMTP_MAX_SIZE`.

/// Tables that may stand in the file.
pub(crate) const TABLES: &[&str] = &["smtp", "web", "outgoing", "outgoing.relay"];

pub(crate) const KEYS: &[&str] = &[
    "data",
    "engine",
    "hostname",
    "smtp.listen",
    "smtp.max_size",
    "smtp.trusted_networks",
    "smtp.tls_cert",
    "smtp.tls_key",
    "web.listen",
    "web.base_url",
    "outgoing.mode",
    "outgoing.relay.host",
    "outgoing.relay.port",
    "outgoing.relay.security",
    "outgoing.relay.user",
    "outgoing.relay.password",
    "outgoing.relay.password_file",
    "outgoing.relay.ca_file",
    "outgoing.relay.verify",
];

pub(crate) fn variable(key: &str) -> String {
    let upper = key.to_ascii_uppercase().replace('.', "_");
    format!("MAILDESK_{upper}")
}

/// The key or table a writer most likely meant: the same last word in another table first,
/// then the fewest changed letters.
pub(crate) fn nearest(unknown: &str) -> Option<&'static str> {
    let last = last_word(unknown);
    let moved = KEYS.iter().find(|key| last_word(key) == last);
    moved.copied().or_else(|| closest(unknown))
}

fn closest(unknown: &str) -> Option<&'static str> {
    // A key of hundreds of letters resembles nothing, and comparing it would only cost time.
    if unknown.len() > 64 {
        return None;
    }
    let (distance, key) = KEYS
        .iter()
        .chain(TABLES)
        .map(|key| (distance(unknown, key), *key))
        .min()?;
    (distance <= 2 + unknown.len() / 5).then_some(key)
}

fn last_word(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Levenshtein distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_a_letter_finds_its_key() {
        assert_eq!(nearest("smtp.lisen"), Some("smtp.listen"));
        assert_eq!(nearest("hostnam"), Some("hostname"));
        assert_eq!(nearest("smpt"), Some("smtp"));
    }

    #[test]
    fn a_key_in_the_wrong_table_finds_the_right_one() {
        assert_eq!(
            nearest("web.trusted_networks"),
            Some("smtp.trusted_networks")
        );
        assert_eq!(nearest("relay.host"), Some("outgoing.relay.host"));
    }

    #[test]
    fn a_key_like_nothing_finds_nothing() {
        assert_eq!(nearest("colour"), None);
        assert_eq!(nearest(&"x".repeat(500)), None);
    }

    #[test]
    fn a_variable_is_named_after_its_key() {
        assert_eq!(
            variable("outgoing.relay.host"),
            "MAILDESK_OUTGOING_RELAY_HOST"
        );
    }
}
