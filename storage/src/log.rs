//! Logs: records at positions 1, 2, 3 … in the order of their commits. A follower keeps the last
//! position it has dealt with and asks for what comes after.
//!
//! What must hold: a position that was shown never changes or vanishes, and none below it appears
//! later. So only durable entries are shown: an engine lets readers see a batch a moment before
//! its sync, and a follower that acts in the world must not act on what a power cut undoes.
use std::fmt;
use std::marker::PhantomData;

use data_encoding::HEXLOWER;

use crate::batch::{Batch, Keyspace};
use crate::engine::Direction;
use crate::error::ReadError;
use crate::key::{decode, encode};
use crate::record::{Record, seal, unseal};
use crate::store::{Page, Scan, Store, Stored};
use crate::table::table_space;

pub struct Log<V> {
    space: Keyspace,
    name: &'static str,
    holds: PhantomData<fn() -> V>,
}

impl<V: Record> Log<V> {
    pub const fn new(id: u16, name: &'static str) -> Self {
        Log {
            space: table_space(id),
            name,
            holds: PhantomData,
        }
    }

    /// The position is in the `Commit` that the batch becomes.
    pub fn append(&self, batch: &mut Batch, value: &V) {
        batch.append(self.space, seal(value));
    }

    /// Oldest first. Empty means that nothing comes after: damaged entries are logged and passed.
    pub async fn after(
        &self,
        store: &Store,
        position: u64,
        limit: usize,
    ) -> Result<Vec<(u64, V)>, ReadError> {
        self.entries(store, Some(position), Direction::Forward, limit)
            .await
    }

    /// Newest first, below the position or from the end.
    pub async fn before(
        &self,
        store: &Store,
        position: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, V)>, ReadError> {
        self.entries(store, position, Direction::Backward, limit)
            .await
    }

    /// The position of the newest entry; zero when there is none.
    pub async fn last(&self, store: &Store) -> Result<u64, ReadError> {
        let mut from = None;
        loop {
            let durable = *store.changed().borrow();
            let page = self.scan(store, from, Direction::Backward, 1).await?;
            let Some((key, stored)) = page.rows.first() else {
                return Ok(0);
            };
            match decode::<u64>(key) {
                Some(position) if stored.version <= durable => return Ok(position),
                _ => from = Some(key.clone()),
            }
        }
    }

    async fn entries(
        &self,
        store: &Store,
        position: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<(u64, V)>, ReadError> {
        let mut from = position.map(|position| encode(&position));
        loop {
            // Taken before the page: whatever is durable by then is in it.
            let durable = *store.changed().borrow();
            let page = self.scan(store, from, direction, limit).await?;
            let shown = |stored: &Stored| stored.version <= durable;
            let reached_the_end =
                direction == Direction::Forward && !page.rows.iter().all(|(_, row)| shown(row));
            let rows = page.rows.into_iter().filter(|(_, row)| shown(row));
            let entries: Vec<_> = rows.filter_map(|row| self.open_or_report(row)).collect();
            if !entries.is_empty() || reached_the_end || page.next.is_none() {
                return Ok(entries);
            }
            // A page of nothing but damaged entries must not look like the end.
            from = page.next;
        }
    }

    async fn scan(
        &self,
        store: &Store,
        after: Option<Vec<u8>>,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, ReadError> {
        let scan = Scan {
            space: self.space,
            prefix: Vec::new(),
            after,
            direction,
            limit,
        };
        store.scan(scan).await
    }

    fn open_or_report(&self, (key, stored): (Vec<u8>, Stored)) -> Option<(u64, V)> {
        let position = decode(&key).ok_or_else(|| "the position cannot be read".to_owned());
        let entry = position.and_then(|position| Ok((position, unseal(&stored.value)?)));
        let report = |why: &String| {
            tracing::error!(
                log = self.name,
                key = HEXLOWER.encode(&key),
                why,
                "a damaged entry is skipped"
            );
        };
        entry.inspect_err(report).ok()
    }
}

impl<V> Log<V> {
    pub const fn space(&self) -> Keyspace {
        self.space
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<V> Clone for Log<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Log<V> {}

impl<V> fmt::Debug for Log<V> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Log({} {})", self.space.0, self.name)
    }
}

#[cfg(test)]
mod tests;
