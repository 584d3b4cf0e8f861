//! What a person is told when something they asked for cannot be done.

use storage::{CommitError, ReadError};

/// A change or a question that failed, in words for the one who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("you may not do this")]
    Forbidden,
    /// Fields of a form, each with what is wrong with it.
    #[error("{}", first(.0))]
    Invalid(Vec<Invalid>),
    /// Somebody wrote something newer than what the agent had in front of them.
    #[error("something new was written since you began")]
    Stale { newest: u32 },
    #[error("too many tries; wait {seconds} seconds")]
    TooMany { seconds: u64 },
    #[error("the desk is busy; try again in a moment")]
    Busy,
    /// The store failed. The details are for the log, never for the page.
    #[error("the desk cannot reach its store")]
    Store(String),
}

/// One field of a form and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub field: &'static str,
    pub message: String,
}

impl Problem {
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Invalid {
            field,
            message: message.into(),
        }])
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { .. } | CommitError::Retry | CommitError::Busy => Self::Busy,
            other => Self::Store(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error.to_string())
    }
}

fn first(problems: &[Invalid]) -> String {
    problems
        .first()
        .map_or_else(String::new, |p| p.message.clone())
}
