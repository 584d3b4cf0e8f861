//! The same mail again. A copy that came by another of our addresses shows the ticket to that
//! department too (FEATURES IN-26, N12); a resend after a lost 250 changes nothing (IN-38).

use super::Accepted;
use super::claims::Seen;
use super::route::Route;
use crate::change::What;
use crate::ticket::{Author, Edit, Event};
use crate::{DepartmentId, Desk, Moment, Problem};
use storage::Batch;

impl Desk {
    pub(super) async fn refer_duplicate(
        &self,
        moment: &Moment,
        seen: Seen,
        route: &Route,
    ) -> Result<(Batch, Accepted), Problem> {
        let row = (self.tables.tickets)
            .get(self.store(), &seen.ticket)
            .await?;
        let Some(row) = row else {
            return Ok((
                Batch::new(),
                Accepted {
                    ticket: None,
                    rule: "guard: seen before, in a ticket that is gone".to_owned(),
                },
            ));
        };
        let accepted = Accepted {
            ticket: Some(row.value.number.clone()),
            rule: format!("guard: seen before, it is entry {}", seen.sequence),
        };
        let mut edit = Edit::of(row, Batch::new());
        // Only the mail that made the ticket says where the ticket belongs.
        if seen.sequence != 1 || !edit.refer(self, moment, &route.departments).await? {
            return Ok((Batch::new(), accepted));
        }
        let (batch, _) = edit.finish(self, moment, None, What::Referred);
        Ok((batch, accepted))
    }
}

impl Edit {
    /// Shows the ticket to further departments; says whether there were any.
    pub(super) async fn refer(
        &mut self,
        desk: &Desk,
        moment: &Moment,
        departments: &[DepartmentId],
    ) -> Result<bool, Problem> {
        let mut changed = false;
        for &id in departments {
            if self.ticket.departments().any(|known| known == id) {
                continue;
            }
            let Some(department) = desk.department(id).await? else {
                continue;
            };
            self.ticket.referred.push(id);
            let to = department.name;
            self.event(moment, Author::Desk, Event::Referred { to });
            changed = true;
        }
        Ok(changed)
    }
}
