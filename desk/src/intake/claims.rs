//! What was seen before: which mails were taken in, and which tickets know which Message-IDs.
//!
//! Every Message-ID of a mail and of its References is claimed for its ticket in the mail's own
//! batch, with a check that nobody else changed the claim. So of a parent and its reply that arrive
//! at the same moment one runs again, and then sees the other (FEATURES table 3, M2).

use super::Letterbox;
use crate::mail::{Mail, MessageId};
use crate::{Desk, Moment, Problem, TicketId};
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

/// The Message-IDs of one mail, hashed, each with the row that claims it.
pub(super) struct KnownIds(Vec<([u8; 32], Option<Row<Claims>>)>);

/// More tickets than this cannot claim one Message-ID; somebody is playing.
const MOST_TICKETS: usize = 16;
/// Of a long References only the newest are claimed.
const MOST_IDS: usize = 30;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Desk {
    pub(super) async fn seen_before(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
    ) -> Result<Option<Seen>, Problem> {
        let mut keys = vec![fingerprint(at, moment.now)];
        if at.mail.message_id.is_none() {
            keys.push(fingerprint(at, moment.now - HOUR));
        }
        let rows = (self.tables.fingerprints).get_many(self.store(), &keys);
        Ok(rows
            .await?
            .into_iter()
            .flatten()
            .next()
            .map(|row| row.value))
    }

    /// Who claims the Message-IDs of the mail, read once: where the mail goes is decided by the same
    /// rows that its batch then checks.
    pub(super) async fn known_ids(&self, mail: &Mail) -> Result<KnownIds, Problem> {
        let keys: Vec<_> = ids_of(mail).into_iter().map(key).collect();
        let table = &self.tables.message_ids;
        let rows = table.get_many(self.store(), &keys).await?;
        Ok(KnownIds(keys.into_iter().zip(rows).collect()))
    }

    /// Claims the mail's own Message-ID and those it refers to, and remembers its fingerprint.
    pub(super) fn claim(
        &self,
        batch: &mut Batch,
        at: &Letterbox<'_>,
        known: &KnownIds,
        seen: Seen,
    ) {
        (self.tables.fingerprints).insert(batch, &fingerprint(at, seen.at), &seen);
        for (key, row) in &known.0 {
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

impl KnownIds {
    /// The tickets that know one of the ids, in the order of the ids.
    pub(super) fn tickets(&self) -> Vec<TicketId> {
        let mut found = Vec::new();
        for claims in self.0.iter().filter_map(|(_, row)| row.as_ref()) {
            for &ticket in &claims.value.0 {
                if !found.contains(&ticket) {
                    found.push(ticket);
                }
            }
        }
        found
    }
}

/// The key under which a mail that came at `when` is remembered.
///
/// Without a Message-ID only its words tell a mail from another, and machines repeat theirs: then it
/// is the same mail only from the same envelope sender and within the hour or two in which a server
/// that missed our 250 sends it again. Two entries are better than an alarm that nobody sees.
fn fingerprint(at: &Letterbox<'_>, when: Timestamp) -> [u8; 32] {
    if at.mail.message_id.is_some() {
        return at.mail.fingerprint;
    }
    let sender = at.arrival.reverse_path.as_ref().map(|path| path.as_str());
    let mut hash = Sha256::new();
    hash.update(at.mail.fingerprint);
    hash.update(when.as_second().div_euclid(HOUR.as_secs()).to_be_bytes());
    hash.update(sender.unwrap_or_default());
    hash.finalize().into()
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
