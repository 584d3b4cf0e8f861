//! The clock and the chance of the real world, and their stand-ins in tests. Nothing else in
//! this program asks for the time or draws a random number.

use std::sync::Arc;

use desk::{Moment, Random};
use jiff::Timestamp;

pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[derive(Clone)]
pub struct World {
    clock: Clock,
    random: Random,
}

impl World {
    pub fn real() -> World {
        World {
            clock: Arc::new(Timestamp::now),
            random: Arc::new(|bytes: &mut [u8]| {
                getrandom::fill(bytes).expect("the system has random numbers");
            }),
        }
    }

    /// Real chance under a clock that a test turns by hand.
    pub fn with_clock(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> World {
        World {
            clock: Arc::new(clock),
            ..World::real()
        }
    }

    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub fn random(&self) -> Random {
        self.random.clone()
    }

    pub fn moment(&self) -> Moment {
        Moment::new(self.now(), self.random.clone())
    }

    /// A password of 75 bits in letters and digits that cannot be mistaken for each other.
    pub fn password(&self) -> String {
        let bytes: [u8; 15] = self.moment().bytes();
        // 32 letters divide 256, so each is equally likely.
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        let letters: Vec<char> = bytes.iter().map(letter).collect();
        let groups: Vec<String> = letters
            .chunks(5)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    }
}

const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_readable_and_never_the_same() {
        let (one, two) = (World::real().password(), World::real().password());
        assert_ne!(one, two);
        assert_eq!(one.len(), 17);
        assert!(!one.contains(['i', 'l', 'o', '1']), "{one}");
    }
}
