//! The number people see: digits, random by default (FEATURES TK-02). It authorises nothing.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use storage::Key;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TicketNumber(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ticket number has 1 to 18 digits")]
pub struct NotANumber;

const LONGEST: usize = 18;

impl TicketNumber {
    /// A number of `digits` digits that does not begin with a zero, from a random draw.
    pub fn drawn(draw: impl Fn(u64) -> u64, digits: u32) -> Self {
        let first = 10u64.pow(digits.clamp(1, LONGEST as u32) - 1);
        Self((first + draw(9 * first)).to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TicketNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        (digits && text.len() <= LONGEST)
            .then(|| Self(text.to_owned()))
            .ok_or(NotANumber)
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl Key for TicketNumber {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        String::read(from)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_numbers_have_their_digits() {
        assert_eq!(TicketNumber::drawn(|_| 0, 6).as_str(), "100000");
        assert_eq!(TicketNumber::drawn(|bound| bound - 1, 6).as_str(), "999999");
        assert_eq!(TicketNumber::drawn(|_| 3, 1).as_str(), "4");
    }

    #[test]
    fn only_digits_are_a_number() {
        for bad in ["", "12a", "-1", "١٢", "1234567890123456789"] {
            assert_eq!(bad.parse::<TicketNumber>(), Err(NotANumber), "{bad}");
        }
    }
}
