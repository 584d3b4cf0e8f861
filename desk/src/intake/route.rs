//! Which department a mail belongs to: by the addresses of the envelope, which are exact, never by
//! To and Cc, which say what the sender liked (FEATURES IN-02, IN-26).

use super::Envelope;
use crate::address::Mailbox;
use crate::{DepartmentId, Desk, Problem};

/// Our addresses among the recipients, in order and without repetition.
#[derive(Debug, Default)]
pub(super) struct Route {
    pub mailboxes: Vec<Mailbox>,
    /// The departments they lead to; the first one is responsible, the others see the ticket.
    pub departments: Vec<DepartmentId>,
}

impl Desk {
    pub(super) async fn route(&self, arrival: &Envelope) -> Result<Route, Problem> {
        let mut route = Route::default();
        for recipient in &arrival.recipients {
            let Some(mailbox) = self.mailbox(recipient).await? else {
                continue;
            };
            let department = self.taking(mailbox.address.department).await?;
            if !route.departments.contains(&department) {
                route.departments.push(department);
            }
            if !route.mailboxes.contains(&mailbox) {
                route.mailboxes.push(mailbox);
            }
        }
        Ok(route)
    }

    /// The department itself while it is active, else the first active one (DP-05, TK-04).
    async fn taking(&self, id: DepartmentId) -> Result<DepartmentId, Problem> {
        if self.department(id).await?.is_some_and(|d| d.active) {
            return Ok(id);
        }
        let all = self.departments().await?;
        Ok(all.iter().find(|d| d.active).map_or(id, |d| d.id))
    }
}
