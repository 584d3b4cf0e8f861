//! Whether a new ticket is acknowledged. Any "no" wins (FEATURES AR-06, AR-09; SECURITY §3b).

use super::route::Route;
use crate::{Desk, EmailAddress, Moment, Problem, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use storage::{Batch, Record};

/// When an address was acknowledged lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged(Vec<Timestamp>);

impl Record for Acknowledged {
    const SCHEMA: u16 = 1;
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Whoever opens tickets in somebody else's name must not be able to flood them with receipts.
const MOST_PER_HOUR: usize = 3;
const MOST_PER_DAY: usize = 10;

impl Desk {
    /// `Ok` when a receipt may be written, which is then counted in `batch`; else why not.
    pub(super) async fn may_acknowledge(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        ticket: &Ticket,
        route: &Route,
        automatic: Option<&str>,
    ) -> Result<Result<(), String>, Problem> {
        if let Some(reason) = automatic {
            return Ok(Err(reason.to_owned()));
        }
        let Some(address) = &ticket.requester.address else {
            return Ok(Err("the mail names no sender".to_owned()));
        };
        if let Some(&first) = route.departments.first()
            && !(self.department(first).await?).is_some_and(|d| d.acknowledge)
        {
            return Ok(Err("the department acknowledges nothing".to_owned()));
        }
        // `ann+1@`, `ann+2@`, … are one person's mailbox.
        let (mailbox, _) = address.without_detail();
        self.count_acknowledgement(moment, batch, &mailbox).await
    }

    async fn count_acknowledgement(
        &self,
        moment: &Moment,
        batch: &mut Batch,
        address: &EmailAddress,
    ) -> Result<Result<(), String>, Problem> {
        let table = &self.tables.acknowledged;
        let row = table.get(self.store(), address).await?;
        let known = row.as_ref().map(|row| row.value.0.as_slice());
        let mut times = within(known.unwrap_or_default(), moment.now, DAY);
        if within(&times, moment.now, HOUR).len() >= MOST_PER_HOUR || times.len() >= MOST_PER_DAY {
            return Ok(Err("the sender had enough receipts for now".to_owned()));
        }
        times.push(moment.now);
        let times = Acknowledged(times);
        match row {
            Some(row) => table.replace(batch, address, row.version, &times),
            None => table.insert(batch, address, &times),
        }
        Ok(Ok(()))
    }
}

fn within(times: &[Timestamp], now: Timestamp, span: SignedDuration) -> Vec<Timestamp> {
    let recent = |at: &Timestamp| now.duration_since(*at).abs() < span;
    times.iter().copied().filter(recent).collect()
}
