//! Closing and reopening (FEATURES TK-11, TK-12).

use crate::authz::Action;
use crate::change::What;
use crate::ticket::{Author, Edit, Event, Status};
use crate::{Agent, Desk, Moment, Problem, TicketNumber};
use storage::Batch;

impl Desk {
    pub async fn close(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
    ) -> Result<(), Problem> {
        self.retrying(|| async {
            let mut edit = self.edit(by, number, Action::Work, Batch::new()).await?;
            if !edit.ticket.is_open() {
                return Ok((Batch::new(), ()));
            }
            edit.close(moment, by);
            let (batch, _) = edit.finish(self, moment, Some(by.id), What::Closed);
            Ok((batch, ()))
        })
        .await
    }

    pub async fn reopen(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
    ) -> Result<(), Problem> {
        self.retrying(|| async {
            let mut edit = self.edit(by, number, Action::Work, Batch::new()).await?;
            if edit.ticket.is_open() {
                return Ok((Batch::new(), ()));
            }
            edit.reopen(moment, Author::of(by));
            let (batch, _) = edit.finish(self, moment, Some(by.id), What::Reopened);
            Ok((batch, ()))
        })
        .await
    }
}

impl Edit {
    pub(crate) fn close(&mut self, moment: &Moment, by: &Agent) {
        self.ticket.status = Status::Closed {
            at: moment.now,
            by: Some(by.id),
        };
        self.event(moment, Author::of(by), Event::Closed);
    }

    pub(crate) fn reopen(&mut self, moment: &Moment, author: Author) {
        self.ticket.status = Status::Open;
        self.event(moment, author, Event::Reopened);
    }
}
