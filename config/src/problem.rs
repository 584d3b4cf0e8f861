//! A refusal of the configuration: one line with the place, the problem and the remedy.

use std::fmt;

use crate::place::Place;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub place: Place,
    pub problem: String,
    pub remedy: String,
}

impl ConfigError {
    pub(crate) fn new(
        place: Place,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ConfigError {
        ConfigError {
            place,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    /// One line, whatever the parser beneath put into its message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}; {}", self.place, self.problem, self.remedy);
        for c in line.chars() {
            write!(f, "{}", if c.is_control() { ' ' } else { c })?;
        }
        Ok(())
    }
}
