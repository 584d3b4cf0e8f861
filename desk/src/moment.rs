//! The moment at which something happens: the time and the chance that the world hands in.

use crate::ids::*;
use jiff::Timestamp;
use std::sync::Arc;

/// Fills a slice with random bytes: the operating system's in production, seeded ones in tests.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// When a change happens, and where its identifiers and secrets come from.
#[derive(Clone)]
pub struct Moment {
    pub now: Timestamp,
    random: Random,
}

impl Moment {
    pub fn new(now: Timestamp, random: Random) -> Self {
        Self { now, random }
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// A fresh identifier that sorts behind every older one.
    pub fn id<T: FromBytes>(&self) -> T {
        let mut bytes: [u8; 16] = self.bytes();
        let millis = u64::try_from(self.now.as_millisecond()).unwrap_or(0);
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        T::from_bytes(bytes)
    }

    /// A number below `bound`, evenly spread for every practical bound.
    pub fn below(&self, bound: u64) -> u64 {
        // 128 random bits make the bias of the remainder immeasurable.
        (u128::from_be_bytes(self.bytes()) % u128::from(bound.max(1))) as u64
    }
}

/// What [`Moment::id`] can make.
pub trait FromBytes {
    fn from_bytes(bytes: [u8; 16]) -> Self;
}

macro_rules! from_bytes {
    ($($name:ident),*) => {$(
        impl FromBytes for $name {
            fn from_bytes(bytes: [u8; 16]) -> Self {
                $name::from_bytes(bytes)
            }
        }
    )*};
}

from_bytes!(
    TicketId,
    DepartmentId,
    AddressId,
    AgentId,
    UserId,
    LetterId,
    JournalId
);
