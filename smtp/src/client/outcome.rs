//! What became of each recipient of a message.

use crate::{Mailbox, Reply};

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub recipient: Mailbox,
    pub result: Delivery,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Delivered(Reply),
    Temporary(Reply),
    Permanent(Reply),
}

impl Delivery {
    pub fn reply(&self) -> &Reply {
        match self {
            Delivery::Delivered(reply)
            | Delivery::Temporary(reply)
            | Delivery::Permanent(reply) => reply,
        }
    }

    pub(super) fn of(reply: Reply) -> Self {
        match () {
            () if reply.is_positive() => Delivery::Delivered(reply),
            () if reply.is_permanent() => Delivery::Permanent(reply),
            () => Delivery::Temporary(reply),
        }
    }

    pub(super) fn of_recipient(reply: Reply) -> Self {
        match reply.code {
            // RFC 5321 4.5.3.1.10: here 552 means "too many recipients".
            552 => Delivery::Temporary(reply),
            _ => Delivery::of(reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    #[test]
    fn the_first_digit_decides() {
        assert!(matches!(Delivery::of(reply::ok()), Delivery::Delivered(_)));
        assert!(matches!(
            Delivery::of(reply::try_again_later()),
            Delivery::Temporary(_)
        ));
        assert!(matches!(
            Delivery::of(reply::too_big()),
            Delivery::Permanent(_)
        ));
    }

    #[test]
    fn at_a_recipient_552_passes() {
        assert!(matches!(
            Delivery::of_recipient(reply::too_big()),
            Delivery::Temporary(_)
        ));
        assert!(matches!(
            Delivery::of_recipient(reply::mailbox_unknown()),
            Delivery::Permanent(_)
        ));
    }
}
