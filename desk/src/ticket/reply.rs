//! An agent's answer: an entry, and the letter that carries it, in one batch.

use super::note::parse_text;
use crate::authz::Action;
use crate::change::What;
use crate::letter::AnswerParts;
use crate::ticket::{Attached, Author, Edit, EntryBody, Upload, Via, Written};
use crate::{Agent, Desk, EmailAddress, LetterId, Moment, Party, Problem, TicketNumber};
use storage::Batch;

/// An answer as an agent wrote it.
pub struct Answer {
    pub text: String,
    pub files: Vec<Attached>,
    /// The newest word the agent had seen; None sends whatever happened meanwhile.
    pub seen: Option<u32>,
    /// Which collaborators get it; None: all enabled ones (CO-02).
    pub cc: Option<Vec<EmailAddress>>,
    /// Whether the ticket is closed with it (TH-09).
    pub close: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replied {
    pub sequence: u32,
    pub letter: LetterId,
}

/// What stays the same however often the change is tried.
struct Prepared<'a> {
    text: String,
    uploads: Vec<Upload>,
    answer: &'a Answer,
}

impl Desk {
    pub async fn reply(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        mut answer: Answer,
    ) -> Result<Replied, Problem> {
        let files = std::mem::take(&mut answer.files);
        let text = parse_text(&answer.text, files.is_empty())?;
        let (prelude, uploads) = self.store_uploads(files).await?;
        let prepared = Prepared {
            text,
            uploads,
            answer: &answer,
        };
        let replied = self
            .retrying(|| self.try_reply(moment, by, number, &prepared, prelude.clone()))
            .await?;
        self.outbox_wake.notify_one();
        Ok(replied)
    }

    async fn try_reply(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        prepared: &Prepared<'_>,
        prelude: Batch,
    ) -> Result<(Batch, Replied), Problem> {
        let mut edit = self.edit(by, number, Action::Work, prelude).await?;
        let newest = edit.ticket.last_word;
        if prepared.answer.seen.is_some_and(|seen| seen < newest) {
            return Err(Problem::Stale { newest });
        }
        let sequence = edit.next_sequence();
        let parts = AnswerParts {
            by,
            ticket: &edit.ticket,
            sequence,
            text: &prepared.text,
            uploads: &prepared.uploads,
            cc: copied(&edit, prepared.answer.cc.as_deref()),
        };
        let written = self.write_answer(moment, &mut edit.batch, parts).await?;
        let reply = Written {
            via: Via::Web,
            text: prepared.text.clone(),
            uploads: prepared.uploads.clone(),
            letter: Some(written.letter),
            message_id: Some(written.message_id.to_string()),
        };
        edit.push(moment, Author::of(by), EntryBody::Reply(reply));
        edit.ticket.continue_thread(&written.message_id);
        edit.ticket.answered = true;
        edit.claim(by);
        if prepared.answer.close && edit.ticket.is_open() {
            edit.close(moment, by);
        }
        let (batch, _) = edit.finish(self, moment, Some(by.id), What::Replied);
        let letter = written.letter;
        Ok((batch, Replied { sequence, letter }))
    }
}

impl Edit {
    /// FEATURES TK-15: who answers an unassigned open ticket has it.
    fn claim(&mut self, by: &Agent) {
        if self.ticket.is_open() && self.ticket.assignee.is_none() {
            self.ticket.assignee = Some(by.id);
        }
    }
}

fn copied(edit: &Edit, chosen: Option<&[EmailAddress]>) -> Vec<Party> {
    let wanted =
        |party: &Party| chosen.is_none_or(|list| list.iter().any(|address| party.is(address)));
    (edit.ticket.collaborators.iter())
        .filter(|c| c.active && wanted(&c.party))
        .map(|c| c.party.clone())
        .collect()
}
