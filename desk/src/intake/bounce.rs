//! A bounce of one of our letters: it marks the recipient on the ticket and makes no ticket
//! (DESIGN §5, FEATURES IN-47). It is known by the signed address it comes to.

use super::claims::KnownIds;
use super::route::Route;
use super::{Accepted, Letterbox, apply};
use crate::change::What;
use crate::letter::{Letter, RecipientState};
use crate::mail::{FailedRecipient, Kind};
use crate::ticket::{Author, Edit, EntryBody, Event, Standing};
use crate::{Desk, EmailAddress, Moment, Party, Problem};
use storage::{Batch, Row};

impl Desk {
    /// The letter to whose signed bounce address this mail came.
    pub(super) async fn bounced_letter(
        &self,
        route: &Route,
    ) -> Result<Option<Row<Letter>>, Problem> {
        for mailbox in &route.mailboxes {
            let detail = mailbox.detail.as_deref();
            if let Some(id) = detail.and_then(|d| self.signer().bounced_letter(d)) {
                return Ok(self.tables.letters.get(self.store(), &id).await?);
            }
        }
        Ok(None)
    }

    pub(super) async fn note_bounce(
        &self,
        moment: &Moment,
        at: &Letterbox<'_>,
        known: &KnownIds,
        letter: Row<Letter>,
        prelude: Batch,
    ) -> Result<(Batch, Accepted), Problem> {
        let id = letter.value.ticket;
        let Some(ticket) = self.tables.tickets.get(self.store(), &id).await? else {
            let rule = "bounce: of a letter whose ticket is gone".to_owned();
            return Ok((Batch::new(), Accepted { ticket: None, rule }));
        };
        let mut edit = Edit::of(ticket, prelude);
        let party = Party {
            name: Some("Mail delivery system".to_owned()),
            ..Party::NOBODY
        };
        let author = Author::Party {
            party,
            standing: Standing::ThirdParty,
        };
        let body = EntryBody::Message(Box::new(apply::mailed(at)));
        let sequence = edit.push(moment, author, body);
        let failed = failures(at, &letter.value);
        let mut changed = letter.value.clone();
        for (recipient, reason) in failed {
            mark(&mut changed, moment, &recipient, &reason);
            let event = Event::NotDelivered { recipient, reason };
            edit.event(moment, Author::Desk, event);
        }
        if changed != letter.value {
            (self.tables.letters).replace(&mut edit.batch, &changed.id, letter.version, &changed);
        }
        let seen = super::Seen {
            ticket: edit.ticket.id,
            sequence,
            at: moment.now,
        };
        self.claim(&mut edit.batch, at, known, seen);
        let (batch, ticket) = edit.finish(self, moment, None, What::NotDelivered);
        Ok((
            batch,
            Accepted {
                ticket: Some(ticket.number),
                rule: "bounce: signed bounce address of a letter".to_owned(),
            },
        ))
    }
}

/// Which recipients of the letter failed for good. A report that names nobody we wrote to counts
/// for a letter's only recipient.
fn failures(at: &Letterbox<'_>, letter: &Letter) -> Vec<(EmailAddress, String)> {
    if at.mail.kind != Kind::Bounce {
        return Vec::new();
    }
    let permanent: Vec<&FailedRecipient> = at
        .mail
        .bounce
        .iter()
        .filter(|failed| failed.permanent != Some(false))
        .collect();
    let named: Vec<_> = letter
        .recipients
        .iter()
        .filter_map(|recipient| {
            let failed = permanent.iter().find(|f| names(f, &recipient.address))?;
            Some((recipient.address.clone(), reason(failed)))
        })
        .collect();
    match (&named[..], &permanent[..], &letter.recipients[..]) {
        ([], [failed, ..], [only]) => vec![(only.address.clone(), reason(failed))],
        _ => named,
    }
}

fn names(failed: &FailedRecipient, address: &EmailAddress) -> bool {
    failed.recipient.parse::<EmailAddress>().as_ref() == Ok(address)
}

fn reason(failed: &FailedRecipient) -> String {
    if !failed.diagnostic.is_empty() {
        return failed.diagnostic.clone();
    }
    let status = failed.status.clone();
    status.unwrap_or_else(|| "the other side gave no reason".to_owned())
}

/// Every recipient of a letter knows its bounce address, so a report is not proof: it must not keep
/// the letter from somebody whom it has yet to reach. While a try is on its way the report may be
/// faster than our own record of the try.
fn mark(letter: &mut Letter, moment: &Moment, address: &EmailAddress, reason: &str) {
    let on_its_way = letter.lease.is_some();
    for recipient in &mut letter.recipients {
        let left = on_its_way || recipient.state != RecipientState::Queued;
        if recipient.address == *address && left {
            recipient.state = RecipientState::Failed { at: moment.now };
            recipient.last_reply = Some(reason.to_owned());
        }
    }
}
