//! Moving a ticket to another department (FEATURES TK-18, DP-17).

use crate::authz::Action;
use crate::change::What;
use crate::ticket::{Author, Event};
use crate::{Agent, DepartmentId, Desk, Moment, Problem, TicketNumber};
use storage::Batch;

impl Desk {
    pub async fn transfer(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        to: DepartmentId,
    ) -> Result<(), Problem> {
        self.retrying(|| self.try_transfer(moment, by, number, to))
            .await
    }

    async fn try_transfer(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        to: DepartmentId,
    ) -> Result<(Batch, ()), Problem> {
        let mut edit = self.edit(by, number, Action::Work, Batch::new()).await?;
        if edit.ticket.department == to {
            return Ok((Batch::new(), ()));
        }
        let target = self.department(to).await?.filter(|d| d.active);
        let target = target.ok_or(Problem::invalid(
            "department",
            "choose an active department",
        ))?;
        let from = self.department(edit.ticket.department).await?;
        edit.ticket.department = to;
        edit.ticket.referred.retain(|&d| d != to);
        if let Some(assignee) = edit.ticket.assignee {
            // An assignee who cannot follow loses the ticket rather than keeping it in the dark.
            let follows = self.agent(assignee).await?.is_some_and(|a| a.reaches(to));
            edit.ticket.assignee = edit.ticket.assignee.filter(|_| follows);
        }
        let event = Event::Transferred {
            from: from.map_or_else(|| "a deleted department".to_owned(), |d| d.name),
            to: target.name,
        };
        edit.event(moment, Author::of(by), event);
        let (batch, _) = edit.finish(self, moment, Some(by.id), What::Transferred);
        Ok((batch, ()))
    }
}
