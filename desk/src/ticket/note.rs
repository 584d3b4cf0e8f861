//! An internal note: seen by agents, never sent.

use crate::authz::Action;
use crate::change::What;
use crate::ticket::{Attached, Author, EntryBody, Upload, Via, Written};
use crate::{Agent, Desk, Moment, Problem, TicketNumber};
use storage::Batch;

/// A note as an agent wrote it.
pub struct Note {
    pub text: String,
    pub files: Vec<Attached>,
}

/// Bytes of one reply or note; a longer text belongs into a file.
pub(crate) const LONGEST_TEXT: usize = 128 * 1024;

impl Desk {
    /// Adds a note and returns its sequence number.
    pub async fn note(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        note: Note,
    ) -> Result<u32, Problem> {
        let text = parse_text(&note.text, note.files.is_empty())?;
        let (prelude, uploads) = self.store_uploads(note.files).await?;
        self.retrying(|| self.try_note(moment, by, number, &text, &uploads, prelude.clone()))
            .await
    }

    async fn try_note(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        text: &str,
        uploads: &[Upload],
        prelude: Batch,
    ) -> Result<(Batch, u32), Problem> {
        let mut edit = self.edit(by, number, Action::Note, prelude).await?;
        let written = Written {
            via: Via::Web,
            text: text.to_owned(),
            uploads: uploads.to_vec(),
            letter: None,
            message_id: None,
        };
        let sequence = edit.push(moment, Author::of(by), EntryBody::Note(written));
        let (batch, _) = edit.finish(self, moment, Some(by.id), What::Noted);
        Ok((batch, sequence))
    }
}

impl Author {
    pub(crate) fn of(agent: &Agent) -> Self {
        Author::Agent {
            id: agent.id,
            name: agent.name.clone(),
        }
    }
}

/// The text of a reply or note with LF line ends; empty only when files make up for it.
pub(crate) fn parse_text(text: &str, required: bool) -> Result<String, Problem> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text
        .chars()
        .filter(|&c| c == '\n' || c == '\t' || !c.is_control())
        .collect();
    let text = text.trim_end().to_owned();
    if required && text.trim().is_empty() {
        return Err(Problem::invalid("text", "write something first"));
    }
    if text.len() > LONGEST_TEXT {
        return Err(Problem::invalid(
            "text",
            format!(
                "a text may have {} kB; attach longer ones as a file",
                LONGEST_TEXT >> 10
            ),
        ));
    }
    Ok(text)
}
