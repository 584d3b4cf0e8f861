//! The receipt for a new ticket (FEATURES AR-01, AR-09, AR-10).
//!
//! It answers a mail that nobody has verified, so it is written for the case that somebody forged
//! it to bother the person it names: no word of the mail is in it, not even the subject, its
//! sender is the null path (RFC 3834 3.3), and it carries every mark that keeps programs from
//! answering. Mail programs thread it by In-Reply-To and References.

use super::answer::addressee;
use super::{Draft, LetterKind, header};
use crate::mail::MessageId;
use crate::mail::compose::{Mailbox, Outgoing};
use crate::mail::markup;
use crate::{Desk, LetterId, Moment, Problem, Ticket};
use storage::Batch;

impl Desk {
    /// Writes the receipt for the ticket's first message and says which letter it is.
    pub(crate) async fn write_acknowledgement(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        ticket: &Ticket,
        sequence: u32,
        answers: Option<&MessageId>,
    ) -> Result<Option<LetterId>, Problem> {
        let Some(to) = &ticket.requester.address else {
            return Ok(None);
        };
        let identity = self.identity(ticket).await?;
        let id: LetterId = moment.id();
        let message_id = self.own_message_id(ticket, sequence, 'a', &identity);
        let reply_to =
            self.signer()
                .reply_address(&identity.address, ticket.id, &ticket.number, moment.now);
        let from = Mailbox {
            name: identity.name.clone(),
            address: identity.address.to_string(),
        };
        let nameless = crate::Party {
            name: None,
            ..ticket.requester.clone()
        };
        let who = identity
            .name
            .unwrap_or_else(|| identity.address.to_string());
        let markup = markup::render(&receipt(ticket, &who, &identity.signature));
        let mark = self.signer().loop_mark(message_id.as_str());
        let outgoing = Outgoing {
            to: addressee(&nameless).into_iter().collect(),
            cc: Vec::new(),
            reply_to: Some(Mailbox {
                name: from.name.clone(),
                address: reply_to.to_string(),
            }),
            from,
            subject: format!("We have received your message [#{}]", ticket.number),
            date: moment.now,
            message_id,
            in_reply_to: answers.cloned(),
            references: answers.cloned().into_iter().collect(),
            extra: vec![
                // RFC 3834 5: an automatic response to one message.
                header("Auto-Submitted", "auto-replied"),
                header("Precedence", "auto_reply"),
                header("X-Auto-Response-Suppress", "All"),
                header("X-Maildesk-Ticket", ticket.number.as_str()),
                header("X-Maildesk-Loop", mark),
            ],
            html: Some(markup.html),
            text: markup.text,
            attachments: Vec::new(),
        };
        let draft = Draft {
            kind: LetterKind::Acknowledgement,
            ticket: ticket.id,
            number: ticket.number.clone(),
            sequence,
            reverse_path: None,
            recipients: vec![to.clone()],
            unreachable: Vec::new(),
            outgoing,
        };
        self.write_letter(moment, batch, id, draft).await?;
        Ok(Some(id))
    }
}

fn receipt(ticket: &Ticket, who: &str, signature: &str) -> String {
    let mut text = format!(
        "Hello,\n\nyour message has reached {who}. Its ticket number is {}.\n\n\
         You do not need to do anything: we will answer by mail. To add something, \
         reply to this mail.\n",
        ticket.number
    );
    if !signature.is_empty() {
        text.push_str("\n-- \n");
        text.push_str(signature);
    }
    text
}
