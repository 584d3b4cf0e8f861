//! The people outside who take part in a ticket.

use crate::{EmailAddress, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Somebody who wrote to us or was copied: the user, and the name and address they used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// None when the mail had no usable sender.
    pub user: Option<UserId>,
    pub name: Option<String>,
    pub address: Option<EmailAddress>,
}

/// Somebody copied on a ticket (FEATURES CO-01). One who was brought in by anybody but the
/// requester gets nothing until an agent enables them (IN-25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collaborator {
    pub party: Party,
    pub active: bool,
}

impl Party {
    pub const NOBODY: Party = Party {
        user: None,
        name: None,
        address: None,
    };

    /// The name, else the address, for a list or a greeting (FEATURES IN-27).
    pub fn label(&self) -> String {
        match (&self.name, &self.address) {
            (Some(name), _) if !name.is_empty() => name.clone(),
            (_, Some(address)) => address.to_string(),
            _ => "unknown sender".to_owned(),
        }
    }

    pub fn is(&self, address: &EmailAddress) -> bool {
        self.address.as_ref() == Some(address)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.address) {
            (Some(name), Some(address)) => write!(f, "{name} <{address}>"),
            _ => f.write_str(&self.label()),
        }
    }
}
