//! The name this server goes by in mail.

use crate::problem::ConfigError;
use crate::settings::Settings;

pub(crate) fn read(settings: &Settings) -> Result<String, ConfigError> {
    let Some(name) = settings.text("hostname")? else {
        return Ok(system_hostname());
    };
    if !is_domain(name) {
        let remedy = "write the server's full name, such as \"desk.example.com\"";
        return Err(settings.refuse("hostname", "is no host name", remedy));
    }
    Ok(name.to_ascii_lowercase())
}

/// The machine's own name, `localhost` when it has none that fits into a greeting.
pub fn system_hostname() -> String {
    let found = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .unwrap_or_default();
    let name = found.trim();
    match is_domain(name) {
        true => name.to_ascii_lowercase(),
        false => "localhost".to_owned(),
    }
}

/// RFC 5321 4.1.2: labels of letters, digits and inner hyphens; RFC 1035 2.3.4: 63 and 255.
fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 255 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_host_names_are_names() {
        assert!(is_domain("desk.example.com"));
        for name in [
            "",
            "a b",
            "-a.example",
            "a..b",
            "münchen.example",
            &"a".repeat(64),
        ] {
            assert!(!is_domain(name), "{name:?}");
        }
    }

    #[test]
    fn the_system_always_has_a_usable_name() {
        assert!(is_domain(&system_hostname()));
    }
}
