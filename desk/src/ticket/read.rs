//! Looking at a ticket: by its number, its entries, its letters.

use crate::authz::{Action, Object};
use crate::ticket::{Entry, Ticket};
use crate::{Agent, Desk, Problem, TicketId, TicketNumber};
use storage::{Batch, Cursor, Direction, Row};

impl Desk {
    pub async fn ticket_by_number(&self, number: &TicketNumber) -> Result<Option<Ticket>, Problem> {
        Ok(self.ticket_row(number).await?.map(|row| row.value))
    }

    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, Problem> {
        let row = self.tables.tickets.get(self.store(), &id).await?;
        Ok(row.map(|row| row.value))
    }

    /// The ticket, when the agent may see it. What they may not see does not exist for them.
    pub async fn ticket_for(
        &self,
        agent: &Agent,
        number: &TicketNumber,
    ) -> Result<Ticket, Problem> {
        let ticket = self.ticket_by_number(number).await?;
        ticket
            .filter(|ticket| agent.must(Action::View, Object::Ticket(ticket)).is_ok())
            .ok_or(Problem::NotFound("ticket"))
    }

    /// Entries after the given sequence number, oldest first.
    pub async fn entries(
        &self,
        ticket: TicketId,
        after: Option<u32>,
        limit: usize,
    ) -> Result<Vec<Entry>, Problem> {
        let cursor = after.map(|sequence| Cursor::at(&(ticket, sequence)));
        let page = self
            .tables
            .entries
            .page(
                self.store(),
                &ticket,
                cursor.as_ref(),
                Direction::Forward,
                limit,
            )
            .await?;
        Ok(page.rows.into_iter().map(|(_, row)| row.value).collect())
    }

    pub async fn entry(&self, ticket: TicketId, sequence: u32) -> Result<Option<Entry>, Problem> {
        let key = (ticket, sequence);
        let row = self.tables.entries.get(self.store(), &key).await?;
        Ok(row.map(|row| row.value))
    }

    pub(crate) async fn ticket_row(
        &self,
        number: &TicketNumber,
    ) -> Result<Option<Row<Ticket>>, Problem> {
        let id = (self.tables.ticket_by_number).get(self.store(), number);
        match id.await? {
            Some(id) => Ok(self.tables.tickets.get(self.store(), &id.value).await?),
            None => Ok(None),
        }
    }

    /// The ticket opened for a change that the agent may make. A foreign ticket does not exist.
    pub(crate) async fn edit(
        &self,
        by: &Agent,
        number: &TicketNumber,
        action: Action,
        prelude: Batch,
    ) -> Result<super::Edit, Problem> {
        let row = self.ticket_row(number).await?;
        let row = row
            .filter(|row| by.must(Action::View, Object::Ticket(&row.value)).is_ok())
            .ok_or(Problem::NotFound("ticket"))?;
        by.must(action, Object::Ticket(&row.value))?;
        Ok(super::Edit::of(row, prelude))
    }
}
