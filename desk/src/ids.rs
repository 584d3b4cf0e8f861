//! Identifiers: 128 bits, ordered by time, made by the node without asking anybody.
//!
//! The first 48 bits are milliseconds since 1970, the rest is random, so rows of one table come
//! out of a scan in the order they were made and two nodes never make the same one.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use storage::{Key, Record};

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 32 hexadecimal digits")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name([u8; 16]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            pub const fn bytes(&self) -> [u8; 16] {
                self.0
            }
        }

        /// Indexes point with an id as their record.
        impl Record for $name {
            const SCHEMA: u16 = 1;
        }

        impl Key for $name {
            fn write(&self, to: &mut Vec<u8>) {
                self.0.write(to);
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                <[u8; 16]>::read(from).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                from_hex(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A ticket. People see its [`crate::TicketNumber`] instead.
    TicketId,
    DepartmentId,
    /// One of our own mail addresses.
    AddressId,
    AgentId,
    /// Somebody who writes to us.
    UserId,
    /// A mail that leaves.
    LetterId,
    /// A row of the mail journal.
    JournalId,
}

fn from_hex(text: &str) -> Result<[u8; 16], NotAnId> {
    // `from_str_radix` alone would take a sign.
    if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(NotAnId);
    }
    u128::from_str_radix(text, 16)
        .map(u128::to_be_bytes)
        .map_err(|_| NotAnId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in ["", "1", "+0000000000000000000000000000001", &"g".repeat(32)] {
            assert_eq!(text.parse::<TicketId>(), Err(NotAnId));
        }
    }

    proptest! {
        #[test]
        fn ids_survive_text_and_keep_their_order(a: [u8; 16], b: [u8; 16]) {
            let (x, y) = (TicketId::from_bytes(a), TicketId::from_bytes(b));
            prop_assert_eq!(x.to_string().parse(), Ok(x));
            prop_assert_eq!(storage::encode(&x).cmp(&storage::encode(&y)), x.cmp(&y));
        }
    }
}
