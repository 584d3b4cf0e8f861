//! Who may do what. Every change asks here, whichever way it came.

use crate::{Agent, Ticket};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read a ticket with everything in it.
    View,
    /// Write an internal note.
    Note,
    /// Answer the customer, assign, transfer, close, reopen, change collaborators.
    Work,
    /// Settings, people, the whole outbox and journal.
    Administer,
}

#[derive(Debug, Clone, Copy)]
pub enum Object<'a> {
    Ticket(&'a Ticket),
    /// The desk as a whole.
    Desk,
}

/// Whether `actor` may do `action` to `object`.
///
/// A referral gives view and note, no more (FEATURES TK-20).
pub fn can(actor: &Agent, action: Action, object: Object<'_>) -> bool {
    if !actor.active {
        return false;
    }
    match (object, action) {
        (_, Action::Administer) => actor.admin,
        (Object::Desk, _) => true,
        (Object::Ticket(ticket), Action::Work) => owns(actor, ticket),
        (Object::Ticket(ticket), Action::View | Action::Note) => {
            owns(actor, ticket) || ticket.referred.iter().any(|&d| actor.reaches(d))
        }
    }
}

fn owns(actor: &Agent, ticket: &Ticket) -> bool {
    actor.reaches(ticket.department) || ticket.assignee == Some(actor.id)
}
