//! Counters: numbers that many batches add to at once without conflict, because the committer does
//! the sum. A counter that was never added to is zero.
use std::fmt;
use std::marker::PhantomData;

use data_encoding::HEXLOWER;

use crate::batch::{Batch, Keyspace};
use crate::error::ReadError;
use crate::key::{Key, encode};
use crate::store::{Store, Stored};
use crate::table::table_space;

pub struct Counter<K> {
    space: Keyspace,
    name: &'static str,
    keyed_by: PhantomData<fn() -> K>,
}

impl<K: Key> Counter<K> {
    pub const fn new(id: u16, name: &'static str) -> Self {
        Counter {
            space: table_space(id),
            name,
            keyed_by: PhantomData,
        }
    }

    pub fn add(&self, batch: &mut Batch, key: &K, delta: i64) {
        batch.add(self.space, encode(key), delta);
    }

    pub async fn get(&self, store: &Store, key: &K) -> Result<i64, ReadError> {
        let key = encode(key);
        let found = store.get(self.space, &key).await?;
        self.read(&key, found)
    }

    /// In the order of the keys, all from one state of the store.
    pub async fn get_many(&self, store: &Store, keys: &[K]) -> Result<Vec<i64>, ReadError> {
        let keys: Vec<_> = keys.iter().map(|key| (self.space, encode(key))).collect();
        let found = store.get_many(keys.clone()).await?;
        let read =
            |(stored, (_, key)): (Option<Stored>, &(Keyspace, Vec<u8>))| self.read(key, stored);
        found.into_iter().zip(&keys).map(read).collect()
    }

    fn read(&self, key: &[u8], found: Option<Stored>) -> Result<i64, ReadError> {
        let Some(stored) = found else { return Ok(0) };
        let bytes = stored.value.try_into().map_err(|_| ReadError::Corrupt {
            space: self.name.to_owned(),
            key: HEXLOWER.encode(key),
            why: "not a number".into(),
        })?;
        Ok(i64::from_be_bytes(bytes))
    }
}

impl<K> Counter<K> {
    pub const fn space(&self) -> Keyspace {
        self.space
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<K> Clone for Counter<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Counter<K> {}

impl<K> fmt::Debug for Counter<K> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Counter({} {})", self.space.0, self.name)
    }
}
