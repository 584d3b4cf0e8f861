//! What was seen before: which mails were taken in, and which tickets know which Message-IDs.
//!
//! Every Message-ID of a mail and of its References is claimed for its ticket in the mail's own
//! batch, with a check that nobody else changed the claim. So of a parent and its reply that arrive
//! at the same moment one runs again, and then sees the other (FEATURES table 3, M2).

use crate::mail::{Mail, MessageId};
use crate::{Desk, Problem, TicketId};
use jiff::Timestamp;
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

/// More tickets than this cannot claim one Message-ID; somebody is playing.
const MOST_TICKETS: usize = 16;
/// Of a long References only the newest are claimed.
const MOST_IDS: usize = 30;

impl Desk {
    pub(super) async fn seen_before(&self, mail: &Mail) -> Result<Option<Seen>, Problem> {
        let table = &self.tables.fingerprints;
        let row = table.get(self.store(), &mail.fingerprint).await?;
        Ok(row.map(|row| row.value))
    }

    /// The tickets that know one of `ids`, in the order of `ids`.
    pub(super) async fn claimants(&self, ids: &[&MessageId]) -> Result<Vec<TicketId>, Problem> {
        let keys: Vec<_> = ids.iter().map(|id| key(id)).collect();
        let rows = (self.tables.message_ids).get_many(self.store(), &keys);
        let mut found = Vec::new();
        for claims in rows.await?.into_iter().flatten() {
            for ticket in claims.value.0 {
                if !found.contains(&ticket) {
                    found.push(ticket);
                }
            }
        }
        Ok(found)
    }

    /// Claims the mail's own Message-ID and those it refers to, and remembers its fingerprint.
    pub(super) async fn claim(
        &self,
        batch: &mut Batch,
        mail: &Mail,
        seen: Seen,
    ) -> Result<(), Problem> {
        (self.tables.fingerprints).insert(batch, &mail.fingerprint, &seen);
        let keys: Vec<_> = ids_of(mail).into_iter().map(key).collect();
        let rows = (self.tables.message_ids).get_many(self.store(), &keys);
        for (key, row) in keys.iter().zip(rows.await?) {
            self.claim_one(batch, key, row, seen.ticket);
        }
        Ok(())
    }

    fn claim_one(
        &self,
        batch: &mut Batch,
        key: &[u8; 32],
        row: Option<Row<Claims>>,
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

/// The mail's own id first, then what it answers, newest first, each once.
pub(super) fn ids_of(mail: &Mail) -> Vec<&MessageId> {
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
