//! When a letter is tried again, and when it is given up (DESIGN §5).

use super::Outcome;
use crate::EmailAddress;
use crate::letter::{Letter, Recipient, RecipientState};
use jiff::{SignedDuration, Timestamp};

const FIRST_WAITS: [i64; 4] = [5, 15, 30, 60];
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(4);
/// RFC 5321 4.5.4.1: the give-up time should be at least four to five days.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(5 * 24);

/// The letter after a try, and the recipients that failed for good with the reason.
pub(super) fn after_try(
    letter: &Letter,
    now: Timestamp,
    outcomes: &[(EmailAddress, Outcome)],
) -> (Letter, Vec<(EmailAddress, String)>) {
    let mut letter = letter.clone();
    let mut failed = Vec::new();
    let too_old = now.duration_since(letter.created) >= GIVE_UP;
    for recipient in &mut letter.recipients {
        let outcome = outcomes.iter().find(|(a, _)| *a == recipient.address);
        if let (RecipientState::Queued, Some((_, outcome))) = (recipient.state, outcome)
            && let Some(reason) = apply(recipient, now, outcome, too_old)
        {
            failed.push((recipient.address.clone(), reason));
        }
    }
    letter.tries += 1;
    letter.lease = None;
    let waiting = !letter.queued().is_empty();
    letter.due = waiting.then(|| now + wait(letter.tries));
    (letter, failed)
}

/// Writes one result; returns the reason when it is final and bad.
fn apply(
    recipient: &mut Recipient,
    now: Timestamp,
    outcome: &Outcome,
    too_old: bool,
) -> Option<String> {
    recipient.tries += 1;
    let (state, told, reason) = match outcome {
        Outcome::Sent(told) => (RecipientState::Sent { at: now }, told, None),
        Outcome::Permanent(told) => (RecipientState::Failed { at: now }, told, Some(told.clone())),
        Outcome::Temporary(told) if too_old => (
            RecipientState::Failed { at: now },
            told,
            Some(format!("given up after five days: {told}")),
        ),
        Outcome::Temporary(told) => (RecipientState::Queued, told, None),
    };
    recipient.state = state;
    recipient.last_reply = Some(told.clone());
    reason
}

/// How long to wait after the given number of tries: 5, 15, 30, 60 minutes, then doubling to four
/// hours.
fn wait(tries: u32) -> SignedDuration {
    let done = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    match FIRST_WAITS.get(done) {
        Some(&minutes) => SignedDuration::from_mins(minutes),
        None => {
            let doublings = u32::try_from(done - FIRST_WAITS.len() + 1).unwrap_or(u32::MAX);
            let hours = 1i64.checked_shl(doublings.min(10)).unwrap_or(i64::MAX);
            SignedDuration::from_hours(hours).min(LONGEST_WAIT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_four_hours_and_stay_there() {
        let minutes: Vec<i64> = (1..=9).map(|tries| wait(tries).as_mins()).collect();
        assert_eq!(minutes, [5, 15, 30, 60, 120, 240, 240, 240, 240]);
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }
}
