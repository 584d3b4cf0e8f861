//! Who works on a ticket (FEATURES TK-16, TK-19).

use crate::authz::Action;
use crate::change::What;
use crate::ticket::{Author, Event};
use crate::{Agent, AgentId, Desk, Moment, Problem, TicketNumber};
use storage::Batch;

impl Desk {
    /// Assigns the ticket to an agent, or releases it with `None`.
    pub async fn assign(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        to: Option<AgentId>,
    ) -> Result<(), Problem> {
        self.retrying(|| self.try_assign(moment, by, number, to))
            .await
    }

    async fn try_assign(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        to: Option<AgentId>,
    ) -> Result<(Batch, ()), Problem> {
        let mut edit = self.edit(by, number, Action::Work, Batch::new()).await?;
        if edit.ticket.assignee == to {
            return Ok((Batch::new(), ()));
        }
        let event = match to {
            None => Event::Released,
            Some(id) => {
                let agent = self.agent(id).await?.filter(|agent| agent.active);
                let agent = agent.ok_or(Problem::NotFound("agent"))?;
                if !agent.reaches(edit.ticket.department) {
                    return Err(Problem::invalid(
                        "agent",
                        format!("{} has no access to this department", agent.name),
                    ));
                }
                Event::Assigned { to: agent.name }
            }
        };
        edit.ticket.assignee = to;
        edit.event(moment, Author::of(by), event);
        let (batch, _) = edit.finish(self, moment, Some(by.id), What::Assigned);
        Ok((batch, ()))
    }
}
