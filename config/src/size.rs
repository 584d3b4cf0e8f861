//! Sizes as people write them: `67108864`, `"64 MiB"`, `"50 MB"`.

use crate::problem::ConfigError;
use crate::settings::Settings;
use crate::value::Value;

pub(crate) fn read(settings: &Settings, key: &str) -> Result<Option<u64>, ConfigError> {
    let size = match settings.value(key) {
        None => return Ok(None),
        Some(Value::Number(number)) => u64::try_from(*number).ok(),
        Some(Value::Text(text)) => parse(text),
        Some(_) => None,
    };
    let remedy = "write bytes as a number, or a text such as \"64 MiB\"";
    size.map(Some)
        .ok_or_else(|| settings.refuse(key, "is no size", remedy))
}

fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_of_both_kinds_are_read() {
        assert_eq!(parse("1024"), Some(1024));
        assert_eq!(parse("64 MiB"), Some(64 << 20));
        assert_eq!(parse("50MB"), Some(50_000_000));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MiB", "-1", "1.5 MiB", "64 miles", "99999999999 GiB"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
