//! What was seen before: which mails were taken in, and which tickets know which Message-IDs.
//!
//! Every Message-ID of a mail and of its References is claimed for its ticket in the mail's own
//! batch, with a check that nobody else changed the claim. So of a parent and its reply that arrive
//! at the same moment one runs again, and then sees the other (FEATURES table 3, M2).

use crate::mail::{Mail, MessageId};
use crate::{Desk, Problem, TicketId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use storage::{Batch, Record, Row};

/// The tickets that hold or mention one Message-ID, oldest claim first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims(Vec<TicketId>);

impl Record for Claims {
    const SCHEMA: u16 = 1;
}

/// A mail that was taken in: the same bytes need no second entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub ticket: TicketId,
    pub sequence: u32,
    pub at: Timestamp,
}

impl Record for Seen {
    const SCHEMA: u16 = 1;
}

/// What the store knows of one mail, read once: where the mail goes is decided by the same rows that
/// its batch then checks.
pub(super) struct Known {
    /// The Message-IDs of the mail, hashed, each with the row that claims it.
    ids: Vec<([u8; 32], Option<Row<Claims>>)>,
    /// The mail of the same fingerprint.
    twin: Option<Row<Seen>>,
}

/// More tickets than this cannot claim one Message-ID; somebody is playing.
const MOST_TICKETS: usize = 16;
/// Of a long References only the newest are claimed.
const MOST_IDS: usize = 30;
/// Programs that send the same words every day give them no Message-ID. Such a mail is a copy only
/// for as long as one is sent again because its 250 was lost (RFC 5321 4.5.4.1: after 30 minutes).
const RESENT_WITHIN: SignedDuration = SignedDuration::from_hours(1);

impl Desk {
    pub(super) async fn known(&self, mail: &Mail) -> Result<Known, Problem> {
        let keys: Vec<_> = ids_of(mail).into_iter().map(key).collect();
        let rows = (self.tables.message_ids).get_many(self.store(), &keys);
        let ids = keys.iter().copied().zip(rows.await?).collect();
        let twin = (self.tables.fingerprints).get(self.store(), &mail.fingerprint);
        let twin = twin.await?;
        Ok(Known { ids, twin })
    }

    /// Claims the mail's own Message-ID and those it refers to, and remembers its fingerprint.
    pub(super) fn claim(&self, batch: &mut Batch, mail: &Mail, known: &Known, seen: Seen) {
        let table = &self.tables.fingerprints;
        match &known.twin {
            None => table.insert(batch, &mail.fingerprint, &seen),
            Some(row) => table.replace(batch, &mail.fingerprint, row.version, &seen),
        }
        for (key, row) in &known.ids {
            self.claim_one(batch, key, row.as_ref(), seen.ticket);
        }
    }

    fn claim_one(
        &self,
        batch: &mut Batch,
        key: &[u8; 32],
        row: Option<&Row<Claims>>,
        ticket: TicketId,
    ) {
        let table = &self.tables.message_ids;
        match row {
            None => table.insert(batch, key, &Claims(vec![ticket])),
            // Unchanged, but checked: the thread was found by what this row says.
            Some(row) if row.value.0.contains(&ticket) || row.value.0.len() >= MOST_TICKETS => {
                table.check_version(batch, key, row.version);
            }
            Some(row) => {
                let mut claims = row.value.clone();
                claims.0.push(ticket);
                table.replace(batch, key, row.version, &claims);
            }
        }
    }
}

impl Known {
    /// The mail itself, when it was taken in already.
    pub(super) fn seen_before(&self, mail: &Mail, now: Timestamp) -> Option<Seen> {
        let seen = self.twin.as_ref()?.value;
        let lately = now.duration_since(seen.at).abs() < RESENT_WITHIN;
        (mail.message_id.is_some() || lately).then_some(seen)
    }

    /// The tickets that know one of the ids, in the order of the ids.
    pub(super) fn tickets(&self) -> Vec<TicketId> {
        let mut found = Vec::new();
        for claims in self.ids.iter().filter_map(|(_, row)| row.as_ref()) {
            for &ticket in &claims.value.0 {
                if !found.contains(&ticket) {
                    found.push(ticket);
                }
            }
        }
        found
    }
}

/// The mail's own id first, then what it answers, newest first, each once.
fn ids_of(mail: &Mail) -> Vec<&MessageId> {
    let mut ids: Vec<&MessageId> = Vec::new();
    let all = mail
        .message_id
        .iter()
        .chain(&mail.in_reply_to)
        .chain(mail.references.iter().rev());
    for id in all {
        if ids.len() < MOST_IDS && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn key(id: &MessageId) -> [u8; 32] {
    Sha256::digest(id.as_str().as_bytes()).into()
}
