//! The queues: indexes for every list and exact sizes, kept in the batch of each change.
//!
//! A ticket stands in the queues of the whole desk, of each department that sees it, and of its
//! assignee. Agents with access to some departments read those and merge them, so no request costs
//! more for a desk with more tickets.

use crate::db::Tables;
use crate::{Agent, AgentId, DepartmentId, Desk, Problem, Ticket, TicketId};
use std::collections::BTreeSet;
use storage::{Batch, Cursor, Direction, Key};

/// The lists that every agent has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    Open,
    Mine,
    Unassigned,
    Closed,
}

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Everything,
    Department(DepartmentId),
    Assignee(AgentId),
}

/// A ticket's place: the list, the millisecond of its last change, and the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueKey {
    pub list: Size,
    pub updated: i64,
    pub ticket: TicketId,
}

/// One list, whose size is counted under this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    pub scope: Scope,
    pub view: View,
}

/// A page of a queue, newest change first.
#[derive(Debug, Clone)]
pub struct QueuePage {
    pub rows: Vec<Ticket>,
    /// Where the next page begins, for the address of that page.
    pub next: Option<String>,
}

/// How many tickets stand in the lists of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub open: i64,
    pub mine: i64,
    pub unassigned: i64,
    pub closed: i64,
    /// Open tickets of each department the agent reaches.
    pub departments: Vec<(DepartmentId, String, i64)>,
}

impl Desk {
    /// One page of the agent's list, of one department or of all they reach.
    pub async fn queue(
        &self,
        agent: &Agent,
        view: View,
        department: Option<DepartmentId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<QueuePage, Problem> {
        let after = after.map(parse_position).transpose()?;
        let lists = self.lists(agent, view, department)?;
        let mut places = BTreeSet::new();
        for list in lists {
            places.extend(self.places(list, after, limit + 1).await?);
        }
        // Newest first; a ticket seen by two departments stands in both lists and counts once.
        let mut places: Vec<_> = places.into_iter().rev().take(limit + 1).collect();
        let more = places.len() > limit;
        places.truncate(limit);
        let next = places.last().filter(|_| more).map(print_position);
        let ids: Vec<TicketId> = places.into_iter().map(|(_, ticket)| ticket).collect();
        let rows = self.tables.tickets.get_many(self.store(), &ids).await?;
        Ok(QueuePage {
            rows: rows.into_iter().flatten().map(|row| row.value).collect(),
            next,
        })
    }

    pub async fn counts(&self, agent: &Agent) -> Result<Counts, Problem> {
        let mut counts = Counts::default();
        let departments = self.departments().await?;
        let reached: Vec<_> = departments
            .into_iter()
            .filter(|d| agent.reaches(d.id))
            .collect();
        for (view, count) in [
            (View::Open, &mut counts.open),
            (View::Mine, &mut counts.mine),
            (View::Unassigned, &mut counts.unassigned),
            (View::Closed, &mut counts.closed),
        ] {
            let lists = self.lists(agent, view, None)?;
            let sizes = (self.tables.queue_sizes).get_many(self.store(), &lists);
            *count = sizes.await?.iter().sum();
        }
        let lists: Vec<Size> = reached
            .iter()
            .map(|d| Size {
                scope: Scope::Department(d.id),
                view: View::Open,
            })
            .collect();
        let sizes = (self.tables.queue_sizes).get_many(self.store(), &lists);
        let sizes = sizes.await?;
        counts.departments = reached
            .into_iter()
            .zip(sizes)
            .map(|(d, size)| (d.id, d.name, size))
            .collect();
        Ok(counts)
    }

    pub async fn queue_size(&self, scope: Scope, view: View) -> Result<i64, Problem> {
        let size = Size { scope, view };
        Ok(self.tables.queue_sizes.get(self.store(), &size).await?)
    }

    /// The stored lists that together are what the agent asked for.
    fn lists(
        &self,
        agent: &Agent,
        view: View,
        department: Option<DepartmentId>,
    ) -> Result<Vec<Size>, Problem> {
        if let Some(department) = department.filter(|_| view != View::Mine) {
            if !agent.reaches(department) {
                return Err(Problem::NotFound("department"));
            }
            let scope = Scope::Department(department);
            return Ok(vec![Size { scope, view }]);
        }
        if view == View::Mine {
            let scope = Scope::Assignee(agent.id);
            return Ok(vec![Size {
                scope,
                view: View::Open,
            }]);
        }
        if agent.admin {
            let scope = Scope::Everything;
            return Ok(vec![Size { scope, view }]);
        }
        let scopes = agent.departments.iter().copied().map(Scope::Department);
        Ok(scopes.map(|scope| Size { scope, view }).collect())
    }

    async fn places(
        &self,
        list: Size,
        after: Option<(i64, TicketId)>,
        limit: usize,
    ) -> Result<Vec<(i64, TicketId)>, Problem> {
        let cursor = after.map(|(updated, ticket)| {
            Cursor::at(&QueueKey {
                list,
                updated,
                ticket,
            })
        });
        let page = self
            .tables
            .queue
            .page(
                self.store(),
                &list,
                cursor.as_ref(),
                Direction::Backward,
                limit,
            )
            .await?;
        Ok(page
            .rows
            .into_iter()
            .map(|(key, _)| (key.updated, key.ticket))
            .collect())
    }
}

/// Moves a ticket from the lists it stood in to those it belongs in, and counts it there.
pub(crate) fn move_ticket(
    tables: &Tables,
    batch: &mut Batch,
    before: Option<&Ticket>,
    after: &Ticket,
) {
    let old: BTreeSet<QueueKey> = before.map(places_of).unwrap_or_default();
    let new = places_of(after);
    for key in old.difference(&new) {
        tables.queue.delete(batch, key);
    }
    for key in new.difference(&old) {
        tables.queue.put(batch, key, &());
    }
    let lists = |places: &BTreeSet<QueueKey>| -> BTreeSet<Size> {
        places.iter().map(|key| key.list).collect()
    };
    let (old, new) = (lists(&old), lists(&new));
    for list in old.difference(&new) {
        tables.queue_sizes.add(batch, list, -1);
    }
    for list in new.difference(&old) {
        tables.queue_sizes.add(batch, list, 1);
    }
}

/// Every place a ticket stands in.
pub(crate) fn places_of(ticket: &Ticket) -> BTreeSet<QueueKey> {
    let mut views = Vec::new();
    if ticket.is_open() {
        views.push(View::Open);
        if ticket.assignee.is_none() {
            views.push(View::Unassigned);
        }
    } else {
        views.push(View::Closed);
    }
    let scopes = std::iter::once(Scope::Everything)
        .chain(ticket.departments().map(Scope::Department))
        .chain(ticket.assignee.map(Scope::Assignee));
    scopes
        .flat_map(|scope| views.iter().map(move |&view| Size { scope, view }))
        .map(|list| QueueKey {
            list,
            updated: ticket.updated.as_millisecond(),
            ticket: ticket.id,
        })
        .collect()
}

fn print_position(place: &(i64, TicketId)) -> String {
    format!("{}-{}", place.0, place.1)
}

fn parse_position(text: &str) -> Result<(i64, TicketId), Problem> {
    let place = text
        .split_once('-')
        .and_then(|(updated, ticket)| Some((updated.parse().ok()?, ticket.parse().ok()?)));
    place.ok_or(Problem::NotFound("page"))
}

impl Key for View {
    fn write(&self, to: &mut Vec<u8>) {
        let code: u8 = match self {
            View::Open => 0,
            View::Mine => 1,
            View::Unassigned => 2,
            View::Closed => 3,
        };
        code.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        match u8::read(from)? {
            0 => Some(View::Open),
            1 => Some(View::Mine),
            2 => Some(View::Unassigned),
            3 => Some(View::Closed),
            _ => None,
        }
    }
}

impl Key for Scope {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Scope::Everything => 0u8.write(to),
            Scope::Department(id) => (1u8, *id).write(to),
            Scope::Assignee(id) => (2u8, *id).write(to),
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        match u8::read(from)? {
            0 => Some(Scope::Everything),
            1 => DepartmentId::read(from).map(Scope::Department),
            2 => AgentId::read(from).map(Scope::Assignee),
            _ => None,
        }
    }
}

impl Key for Size {
    fn write(&self, to: &mut Vec<u8>) {
        self.scope.write(to);
        self.view.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(Size {
            scope: Scope::read(from)?,
            view: View::read(from)?,
        })
    }
}

impl Key for QueueKey {
    fn write(&self, to: &mut Vec<u8>) {
        self.list.write(to);
        self.updated.write(to);
        self.ticket.write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(QueueKey {
            list: Size::read(from)?,
            updated: i64::read(from)?,
            ticket: TicketId::read(from)?,
        })
    }
}
