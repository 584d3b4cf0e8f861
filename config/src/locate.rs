//! Which file is the configuration when several could be.

use std::path::{Path, PathBuf};

/// Where packages put it.
pub const SYSTEM_FILE: &str = "/etc/maildesk/maildesk.toml";

/// `--config`, then `MAILDESK_CONFIG`, then `maildesk.toml` here, then the system's.
/// A file that was asked for by name is returned whether it exists or not, so that its
/// absence is an error instead of another file being read in its place.
pub fn locate(asked: Option<&Path>, environment: &[(String, String)]) -> Option<PathBuf> {
    let variable = environment
        .iter()
        .find(|(name, value)| name == "MAILDESK_CONFIG" && !value.is_empty())
        .map(|(_, value)| PathBuf::from(value));
    let usual = ["maildesk.toml", SYSTEM_FILE].map(PathBuf::from);
    asked
        .map(Path::to_owned)
        .or(variable)
        .or_else(|| usual.into_iter().find(|path| path.exists()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_variable() {
        let environment = vec![("MAILDESK_CONFIG".to_owned(), "/from/variable".to_owned())];
        let asked = locate(Some(Path::new("/from/flag")), &environment);
        assert_eq!(asked, Some(PathBuf::from("/from/flag")));
        assert_eq!(
            locate(None, &environment),
            Some(PathBuf::from("/from/variable"))
        );
    }
}
