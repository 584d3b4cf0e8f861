//! Who else is copied on a ticket (FEATURES CO-01 to CO-03).

use crate::authz::Action;
use crate::change::What;
use crate::ticket::{Author, Edit, Event};
use crate::{Agent, Collaborator, Desk, EmailAddress, Moment, Party, Problem, TicketNumber};
use storage::Batch;

/// A ticket with more people than this is a mailing list.
pub(crate) const MOST_COLLABORATORS: usize = 50;

impl Desk {
    /// Adds an enabled collaborator. They get what is written from now on, never the history.
    pub async fn add_collaborator(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        address: &str,
        name: Option<&str>,
    ) -> Result<(), Problem> {
        let address: EmailAddress =
            address.parse().map_err(|why: crate::email::NotAnAddress| {
                Problem::invalid("address", why.to_string())
            })?;
        self.retrying(|| self.try_add_collaborator(moment, by, number, &address, name))
            .await
    }

    async fn try_add_collaborator(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        address: &EmailAddress,
        name: Option<&str>,
    ) -> Result<(Batch, ()), Problem> {
        let mut edit = self.edit(by, number, Action::Work, Batch::new()).await?;
        if self.is_own_address(address).await? {
            return Err(Problem::invalid(
                "address",
                "this is one of the desk's own addresses",
            ));
        }
        if edit.ticket.has_participant(address) {
            return Err(Problem::invalid("address", "they take part already"));
        }
        if edit.ticket.collaborators.len() >= MOST_COLLABORATORS {
            return Err(Problem::invalid(
                "address",
                format!("a ticket has at most {MOST_COLLABORATORS} collaborators"),
            ));
        }
        let party = self
            .find_or_make_user(moment, &mut edit.batch, name, address)
            .await?;
        edit.add_collaborator(moment, Author::of(by), party, true);
        let (batch, _) = edit.finish(self, moment, Some(by.id), What::CollaboratorsChanged);
        Ok((batch, ()))
    }

    /// Enables or disables a collaborator; a disabled one gets no more replies.
    pub async fn set_collaborator(
        &self,
        moment: &Moment,
        by: &Agent,
        number: &TicketNumber,
        address: &EmailAddress,
        active: bool,
    ) -> Result<(), Problem> {
        self.retrying(|| async move {
            let mut edit = self.edit(by, number, Action::Work, Batch::new()).await?;
            let found = (edit.ticket.collaborators.iter_mut()).find(|c| c.party.is(address));
            let found = found.ok_or(Problem::NotFound("collaborator"))?;
            if found.active == active {
                return Ok((Batch::new(), ()));
            }
            found.active = active;
            let who = found.party.to_string();
            let event = if active {
                Event::CollaboratorEnabled { who }
            } else {
                Event::CollaboratorDisabled { who }
            };
            edit.event(moment, Author::of(by), event);
            let (batch, _) = edit.finish(self, moment, Some(by.id), What::CollaboratorsChanged);
            Ok((batch, ()))
        })
        .await
    }
}

impl Edit {
    pub(crate) fn add_collaborator(
        &mut self,
        moment: &Moment,
        author: Author,
        party: Party,
        active: bool,
    ) {
        let who = party.to_string();
        (self.ticket.collaborators).push(Collaborator { party, active });
        self.event(moment, author, Event::CollaboratorAdded { who, active });
    }
}
