//! The outbox: due letters are leased, carried, and every recipient's result is written before the
//! next try. Polling is the truth; a wake-up only saves waiting.

mod retry;
mod run;

pub use run::run;

use crate::change::What;
use crate::letter::{Lease, Letter, LetterSource, RecipientState};
use crate::ticket::{Author, Edit, Event};
use crate::{Desk, EmailAddress, LetterId, Moment, Problem};
use jiff::SignedDuration;
use storage::{Batch, Direction, ReadError, Row};

/// Brings letters out into the world; the one thing here that a test replaces.
pub trait Courier: Send + Sync + 'static {
    /// Tries every address of `to` once and says what came of each.
    fn carry(
        &self,
        letter: &Letter,
        to: &[EmailAddress],
        message: LetterSource,
    ) -> impl Future<Output = Vec<(EmailAddress, Outcome)>> + Send;
}

/// What the other side said about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Sent(String),
    /// 4xx, no connection, or no answer: to be tried again.
    Temporary(String),
    /// 5xx: never again.
    Permanent(String),
}

/// A courier that died in the middle of a letter keeps it for this long.
const LEASE: SignedDuration = SignedDuration::from_mins(20);

impl Desk {
    /// Letters that are due, the longest waiting first.
    pub async fn due_letters(
        &self,
        moment: &Moment,
        limit: usize,
    ) -> Result<Vec<LetterId>, Problem> {
        let page = self
            .tables
            .letters_due
            .page(self.store(), &(), None, Direction::Forward, limit)
            .await?;
        let now = moment.now.as_millisecond();
        let due = page.rows.into_iter().map(|(key, _)| key);
        Ok(due
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| id)
            .collect())
    }

    /// Leases the letter if it is due and nobody else has it. The due row moves to the lease's end,
    /// so that a letter whose courier died comes up again by itself.
    pub async fn lease_letter(
        &self,
        moment: &Moment,
        owner: u64,
        id: LetterId,
    ) -> Result<Option<Letter>, Problem> {
        self.retrying(|| async move {
            let Some(row) = self.tables.letters.get(self.store(), &id).await? else {
                return Ok((Batch::new(), None));
            };
            let Some(due) = row.value.due.filter(|due| *due <= moment.now) else {
                return Ok((Batch::new(), None));
            };
            let until = moment.now + LEASE;
            let leased = Letter {
                lease: Some(Lease { owner, until }),
                due: Some(until),
                ..row.value.clone()
            };
            let mut batch = Batch::new();
            (self.tables.letters).replace(&mut batch, &id, row.version, &leased);
            (self.tables.letters_due).delete(&mut batch, &(due.as_millisecond(), id));
            (self.tables.letters_due).put(&mut batch, &(until.as_millisecond(), id), &());
            Ok((batch, Some(leased)))
        })
        .await
    }

    /// Writes what came of a try: results, the next try if one is needed, and an event on the
    /// ticket for each recipient that failed for good.
    pub async fn record_try(
        &self,
        moment: &Moment,
        owner: u64,
        id: LetterId,
        outcomes: &[(EmailAddress, Outcome)],
    ) -> Result<(), Problem> {
        self.retrying(|| self.try_record(moment, owner, id, outcomes))
            .await
    }

    async fn try_record(
        &self,
        moment: &Moment,
        owner: u64,
        id: LetterId,
        outcomes: &[(EmailAddress, Outcome)],
    ) -> Result<(Batch, ()), Problem> {
        let row = self.tables.letters.get(self.store(), &id).await?;
        let row = row.ok_or(Problem::NotFound("letter"))?;
        let ours = row.value.lease.as_ref().is_some_and(|l| l.owner == owner);
        if !ours {
            return Ok((Batch::new(), ()));
        }
        let (letter, failed) = retry::after_try(&row.value, moment.now, outcomes);
        let mut batch = self.failure_events(moment, &letter, &failed).await?;
        self.replace_letter(&mut batch, &row, &letter);
        Ok((batch, ()))
    }

    fn replace_letter(&self, batch: &mut Batch, before: &Row<Letter>, after: &Letter) {
        let due = &self.tables.letters_due;
        if let Some(old) = before.value.due {
            due.delete(batch, &(old.as_millisecond(), after.id));
        }
        if let Some(new) = after.due {
            due.put(batch, &(new.as_millisecond(), after.id), &());
        }
        (self.tables.letters).replace(batch, &after.id, before.version, after);
    }

    async fn failure_events(
        &self,
        moment: &Moment,
        letter: &Letter,
        failed: &[(EmailAddress, String)],
    ) -> Result<Batch, Problem> {
        let row = (self.tables.tickets).get(self.store(), &letter.ticket);
        let row = match row.await {
            // A letter whose result cannot be written would be sent again and again; fsck and the
            // ticket's page tell of the damage.
            Ok(None) | Err(ReadError::Corrupt { .. }) => return Ok(Batch::new()),
            Ok(Some(row)) => row,
            Err(trouble) => return Err(trouble.into()),
        };
        let mut edit = Edit::of(row, Batch::new());
        for (recipient, reason) in failed {
            let event = Event::NotDelivered {
                recipient: recipient.clone(),
                reason: reason.clone(),
            };
            edit.event(moment, Author::Desk, event);
        }
        if failed.is_empty() {
            // Nothing to tell but that pages showing the letter are out of date.
            let mut batch = Batch::new();
            self.log_ticket(&mut batch, moment, None, &edit.ticket, What::Delivered);
            return Ok(batch);
        }
        Ok(edit.finish(self, moment, None, What::NotDelivered).0)
    }
}

impl Letter {
    /// The addresses that still have to be tried.
    pub fn queued(&self) -> Vec<EmailAddress> {
        self.recipients
            .iter()
            .filter(|r| r.state == RecipientState::Queued)
            .map(|r| r.address.clone())
            .collect()
    }
}
