//! Where a setting was written, so that a refusal can point at it.

use std::fmt;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of the file, counted from 1.
    Line {
        file: PathBuf,
        line: usize,
    },
    File(PathBuf),
    Variable(String),
    CommandLine,
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line { file, line } => write!(f, "{}:{line}", file.display()),
            Place::File(file) => write!(f, "{}", file.display()),
            Place::Variable(name) => write!(f, "environment variable {name}"),
            Place::CommandLine => f.write_str("command line"),
            Place::Default => f.write_str("configuration"),
        }
    }
}
