//! The change log: one line for everything that happened, written in the batch of the change.
//! Live pages follow it with cursors of their own; nothing else tells them.

use crate::{AgentId, DepartmentId, Desk, Moment, Problem, Ticket, TicketNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{Batch, Record};

/// What happened, to which ticket, by whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub at: Timestamp,
    /// None: the desk itself, or a mail.
    pub by: Option<AgentId>,
    pub ticket: Option<TicketNumber>,
    /// Who may see it: the ticket's department and those it was referred to.
    pub departments: Vec<DepartmentId>,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    TicketCreated,
    MessageReceived,
    Replied,
    Noted,
    Assigned,
    Transferred,
    Referred,
    Closed,
    Reopened,
    CollaboratorsChanged,
    Delivered,
    NotDelivered,
    DepartmentSaved,
    AddressSaved,
    AgentSaved,
    SettingsSaved,
}

impl Record for Change {
    const SCHEMA: u16 = 1;
}

impl Desk {
    /// A change number is the position in the log; 0 means that nothing happened yet.
    pub async fn last_change(&self) -> Result<u64, Problem> {
        Ok(self.tables.changes.last(self.store()).await?)
    }

    /// What happened after `position`, oldest first.
    pub async fn changes(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Change)>, Problem> {
        Ok(self
            .tables
            .changes
            .after(self.store(), position, limit)
            .await?)
    }

    /// A hint that something was committed. Readers look at [`Desk::changes`] for what.
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        self.store().changed()
    }

    pub(crate) fn log_ticket(
        &self,
        batch: &mut Batch,
        moment: &Moment,
        by: Option<AgentId>,
        ticket: &Ticket,
        what: What,
    ) {
        let change = Change {
            at: moment.now,
            by,
            ticket: Some(ticket.number.clone()),
            departments: ticket.departments().collect(),
            what,
        };
        self.tables.changes.append(batch, &change);
    }

    pub(crate) fn log_setting(&self, batch: &mut Batch, moment: &Moment, by: AgentId, what: What) {
        let change = Change {
            at: moment.now,
            by: Some(by),
            ticket: None,
            departments: Vec::new(),
            what,
        };
        self.tables.changes.append(batch, &change);
    }
}
