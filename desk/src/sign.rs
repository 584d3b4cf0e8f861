//! What we sign so that we know it again: Message-IDs, reply addresses, bounce addresses, and the
//! mark by which our own mail is recognised when it comes back.
//!
//! Each purpose has a key of its own, derived from the desk's master key. A signature is the first
//! 80 bits of HMAC-SHA-256 in base32, which survives hosts that fold local parts to lower case.
//! Nothing here says who the sender is: a signature proves which ticket is meant, no more.

use crate::{EmailAddress, LetterId, TicketId, TicketNumber};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// 80 bits: forging one needs 2^79 mails on average.
const MAC_BYTES: usize = 10;
/// A reply address is honoured for this many days after it was issued (SECURITY §3b, reply token).
const REPLY_DAYS: u64 = 180;
const DAY_SECONDS: i64 = 86_400;

/// Signs and verifies for one desk.
#[derive(Clone)]
pub struct Signer {
    master: [u8; 32],
}

#[derive(Clone, Copy)]
enum Purpose {
    MessageId,
    Reply,
    Bounce,
    Loop,
}

/// What one of our own Message-IDs says: the ticket, and the sequence of the entry within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnMessageId {
    pub ticket: TicketId,
    pub sequence: u32,
}

impl Signer {
    pub fn new(master: [u8; 32]) -> Self {
        Self { master }
    }

    /// `md.<ticket and sequence>.<kind and mac>@domain`, stable across tries. `kind` keeps the
    /// acknowledgement and the entry it answers apart.
    pub fn message_id(&self, id: OwnMessageId, kind: char, domain: &str) -> String {
        let mut payload = id.ticket.bytes().to_vec();
        payload.extend_from_slice(&id.sequence.to_be_bytes());
        payload.push(kind as u8);
        let mac = self.mac(Purpose::MessageId, &payload);
        format!("md.{}.{}@{domain}", base32(&payload), base32(&mac))
    }

    /// Reads one of our own Message-IDs, if it is truly ours.
    pub fn own_message_id(&self, id: &str) -> Option<OwnMessageId> {
        let (left, _domain) = id.rsplit_once('@')?;
        let mut parts = left.strip_prefix("md.")?.split('.');
        let payload = unbase32(parts.next()?)?;
        let mac = unbase32(parts.next()?)?;
        self.holds(Purpose::MessageId, &payload, &mac)?;
        let ticket = payload.get(..16)?.try_into().ok()?;
        let sequence = payload.get(16..20)?.try_into().ok()?;
        Some(OwnMessageId {
            ticket: TicketId::from_bytes(ticket),
            sequence: u32::from_be_bytes(sequence),
        })
    }

    /// The reply address of a ticket: `support+t482913-<day>-<mac>@…`, or the plain address when
    /// its local part leaves no room.
    pub fn reply_address(
        &self,
        address: &EmailAddress,
        ticket: TicketId,
        number: &TicketNumber,
        now: Timestamp,
    ) -> EmailAddress {
        let day = day(now);
        let mac = self.mac(Purpose::Reply, &reply_payload(ticket, day));
        let detail = format!("t{number}-{day}-{}", base32(&mac));
        address
            .with_detail(&detail)
            .unwrap_or_else(|| address.clone())
    }

    /// What a plus tag claims: ticket number, day of issue and mac, yet to be verified.
    pub fn claimed_reply(detail: &str) -> Option<ClaimedReply> {
        let mut parts = detail.strip_prefix(['t', 'T'])?.split('-');
        let number = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        let mac = unbase32(parts.next()?)?;
        parts
            .next()
            .is_none()
            .then_some(ClaimedReply { number, day, mac })
    }

    /// Whether the claim was issued by us for this ticket and has not expired.
    pub fn honours(&self, claim: &ClaimedReply, ticket: TicketId, now: Timestamp) -> bool {
        let age = day(now).saturating_sub(claim.day);
        age <= REPLY_DAYS
            && claim.day <= day(now) + 1
            && self
                .holds(
                    Purpose::Reply,
                    &reply_payload(ticket, claim.day),
                    &claim.mac,
                )
                .is_some()
    }

    /// The envelope sender of a letter, to which its bounces come: `support+b<letter>-<mac>@…`.
    pub fn bounce_address(&self, address: &EmailAddress, letter: LetterId) -> EmailAddress {
        let mac = self.mac(Purpose::Bounce, &letter.bytes());
        let detail = format!("b{}-{}", base32(&letter.bytes()), base32(&mac));
        address
            .with_detail(&detail)
            .unwrap_or_else(|| address.clone())
    }

    /// The letter whose bounce address has this plus tag.
    pub fn bounced_letter(&self, detail: &str) -> Option<LetterId> {
        let (letter, mac) = detail.strip_prefix(['b', 'B'])?.split_once('-')?;
        let letter: [u8; 16] = unbase32(letter)?.try_into().ok()?;
        self.holds(Purpose::Bounce, &letter, &unbase32(mac)?)?;
        Some(LetterId::from_bytes(letter))
    }

    /// The value of `X-Maildesk-Loop` on everything we send.
    pub fn loop_mark(&self, message_id: &str) -> String {
        base32(&self.mac(Purpose::Loop, message_id.as_bytes()))
    }

    /// Whether a mail with this Message-ID and mark left this very desk.
    pub fn is_our_mark(&self, message_id: &str, mark: &str) -> bool {
        unbase32(mark.trim()).is_some_and(|mac| {
            self.holds(Purpose::Loop, message_id.as_bytes(), &mac)
                .is_some()
        })
    }

    fn mac(&self, purpose: Purpose, payload: &[u8]) -> [u8; MAC_BYTES] {
        let label: &[u8] = match purpose {
            Purpose::MessageId => b"message-id 1",
            Purpose::Reply => b"reply 1",
            Purpose::Bounce => b"bounce 1",
            Purpose::Loop => b"loop 1",
        };
        let key = hmac(&self.master, label);
        let full = hmac(&key, payload);
        full[..MAC_BYTES]
            .try_into()
            .expect("a SHA-256 is longer than ten bytes")
    }

    fn holds(&self, purpose: Purpose, payload: &[u8], mac: &[u8]) -> Option<()> {
        bool::from(self.mac(purpose, payload).as_slice().ct_eq(mac)).then_some(())
    }
}

/// A reply address somebody wrote to, before its signature is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedReply {
    pub number: TicketNumber,
    day: u64,
    mac: Vec<u8>,
}

fn reply_payload(ticket: TicketId, day: u64) -> Vec<u8> {
    [ticket.bytes().as_slice(), &day.to_be_bytes()].concat()
}

fn day(at: Timestamp) -> u64 {
    u64::try_from(at.as_second() / DAY_SECONDS).unwrap_or(0)
}

fn hmac(key: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(payload);
    mac.finalize().into_bytes().into()
}

fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    BASE32_NOPAD
        .decode(text.to_ascii_uppercase().as_bytes())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer() -> Signer {
        Signer::new([7; 32])
    }

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second((20_000 + days) * DAY_SECONDS).unwrap()
    }

    fn detail(address: &EmailAddress) -> String {
        address.without_detail().1.unwrap().to_owned()
    }

    const TICKET: TicketId = TicketId::from_bytes([3; 16]);

    #[test]
    fn own_message_id_is_known_again_even_in_upper_case() {
        let id = OwnMessageId {
            ticket: TICKET,
            sequence: 9,
        };
        let text = signer().message_id(id, 'r', "desk.example");
        assert_eq!(signer().own_message_id(&text), Some(id));
        assert_eq!(Signer::new([8; 32]).own_message_id(&text), None);
        assert!(text.len() < 100, "{text}");
    }

    #[test]
    fn reply_address_holds_for_its_ticket_and_its_time_only() {
        let support: EmailAddress = "support@desk.example".parse().unwrap();
        let number: TicketNumber = "482913".parse().unwrap();
        let address = signer().reply_address(&support, TICKET, &number, at(0));
        let claim = Signer::claimed_reply(&detail(&address)).unwrap();
        assert_eq!(claim.number, number);
        assert!(signer().honours(&claim, TICKET, at(0)));
        assert!(signer().honours(&claim, TICKET, at(180)));
        assert!(!signer().honours(&claim, TICKET, at(181)));
        assert!(!signer().honours(&claim, TICKET, at(-2)));
        assert!(!signer().honours(&claim, TicketId::from_bytes([4; 16]), at(0)));
        let folded = Signer::claimed_reply(&detail(&address).to_uppercase()).unwrap();
        assert!(signer().honours(&folded, TICKET, at(0)));
    }

    #[test]
    fn bounce_address_names_its_letter() {
        let support: EmailAddress = "support@desk.example".parse().unwrap();
        let letter = LetterId::from_bytes([5; 16]);
        let address = signer().bounce_address(&support, letter);
        assert!(address.local().len() <= 64);
        assert_eq!(signer().bounced_letter(&detail(&address)), Some(letter));
        assert_eq!(Signer::new([8; 32]).bounced_letter(&detail(&address)), None);
    }

    #[test]
    fn mark_belongs_to_one_message_id() {
        let mark = signer().loop_mark("a@b");
        assert!(signer().is_our_mark("a@b", &mark));
        assert!(!signer().is_our_mark("c@b", &mark));
        assert!(!signer().is_our_mark("a@b", ""));
    }

    proptest! {
        #[test]
        fn foreign_text_is_never_ours(text in ".{0,120}") {
            prop_assert_eq!(signer().own_message_id(&text), None);
            prop_assert_eq!(signer().bounced_letter(&text), None);
            if let Some(claim) = Signer::claimed_reply(&text) {
                prop_assert!(!signer().honours(&claim, TICKET, at(0)));
            }
        }

        #[test]
        fn one_changed_character_breaks_the_signature(place in 3usize..54, sequence: u32) {
            let id = OwnMessageId { ticket: TICKET, sequence };
            let text = signer().message_id(id, 'r', "d.example");
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'a' { b'b' } else { b'a' };
            let forged = String::from_utf8(forged).unwrap();
            prop_assert_eq!(signer().own_message_id(&forged), None);
        }
    }
}
