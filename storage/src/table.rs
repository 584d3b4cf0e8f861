//! Tables of records with typed keys. A table is only a number, a name and two types: it can be a
//! constant, and all of them side by side are the schema.
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use crate::batch::{Batch, Check, FIRST_FREE, Keyspace};
use crate::engine::Direction;
use crate::error::ReadError;
use crate::key::{Key, decode, encode};
use crate::record::{Record, seal, unseal};
use crate::store::{Scan, Store, Stored};

pub struct Table<K, V> {
    space: Keyspace,
    name: &'static str,
    holds: PhantomData<fn() -> (K, V)>,
}

/// A record with the version to name in `replace`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row<V> {
    pub version: u64,
    pub value: V,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rows<K, V> {
    pub rows: Vec<(K, Row<V>)>,
    pub next: Option<Cursor>,
    /// How many records of this page could not be read; each is in the log.
    pub damaged: usize,
}

impl<K: Key, V: Record> Table<K, V> {
    pub const fn new(id: u16, name: &'static str) -> Self {
        Table {
            space: table_space(id),
            name,
            holds: PhantomData,
        }
    }

    pub async fn get(&self, store: &Store, key: &K) -> Result<Option<Row<V>>, ReadError> {
        let key = encode(key);
        let found = store.get(self.space, &key).await?;
        let open = |stored| open_row(stored).map_err(|why| self.corrupt(&key, why));
        found.map(open).transpose()
    }

    /// In the order of the keys. A damaged record is logged and counts as absent.
    pub async fn get_many(
        &self,
        store: &Store,
        keys: &[K],
    ) -> Result<Vec<Option<Row<V>>>, ReadError> {
        let keys: Vec<_> = keys.iter().map(|key| (self.space, encode(key))).collect();
        let found = store.get_many(keys.clone()).await?;
        let read = |(stored, (_, key)): (Option<Stored>, &(Keyspace, Vec<u8>))| {
            self.open_or_report(key, stored?)
        };
        Ok(found.into_iter().zip(&keys).map(read).collect())
    }

    /// The records whose keys start with `prefix`: the first parts of a tuple, or `&()` for all.
    pub async fn page<P: Key>(
        &self,
        store: &Store,
        prefix: &P,
        after: Option<&Cursor>,
        direction: Direction,
        limit: usize,
    ) -> Result<Rows<K, V>, ReadError> {
        let page = store
            .scan(Scan {
                space: self.space,
                prefix: encode(prefix),
                after: after.map(|cursor| cursor.0.clone()),
                direction,
                limit,
            })
            .await?;
        let found = page.rows.len();
        let read = |(key, stored): (Vec<u8>, Stored)| {
            let row = self.open_or_report(&key, stored)?;
            Some((self.key_or_report(&key)?, row))
        };
        let rows: Vec<_> = page.rows.into_iter().filter_map(read).collect();
        Ok(Rows {
            damaged: found - rows.len(),
            rows,
            next: page.next.map(Cursor),
        })
    }

    pub fn put(&self, batch: &mut Batch, key: &K, value: &V) {
        batch.put(self.space, encode(key), seal(value));
    }

    /// Conflicts when the record exists.
    pub fn insert(&self, batch: &mut Batch, key: &K, value: &V) {
        self.check_absent(batch, key);
        self.put(batch, key, value);
    }

    /// Conflicts when the record is gone or was written since.
    pub fn replace(&self, batch: &mut Batch, key: &K, version: u64, value: &V) {
        self.check_version(batch, key, version);
        self.put(batch, key, value);
    }

    pub fn delete(&self, batch: &mut Batch, key: &K) {
        batch.delete(self.space, encode(key));
    }

    pub fn check_absent(&self, batch: &mut Batch, key: &K) {
        batch.check(self.space, encode(key), Check::Absent);
    }

    pub fn check_version(&self, batch: &mut Batch, key: &K, version: u64) {
        batch.check(self.space, encode(key), Check::Version(version));
    }

    fn open_or_report(&self, key: &[u8], stored: Stored) -> Option<Row<V>> {
        let report = |why: &String| self.report(key, why);
        open_row(stored).inspect_err(report).ok()
    }

    fn key_or_report(&self, key: &[u8]) -> Option<K> {
        let read = decode(key);
        if read.is_none() {
            self.report(key, "the key cannot be read");
        }
        read
    }

    fn report(&self, key: &[u8], why: &str) {
        tracing::error!(
            table = self.name,
            key = HEXLOWER.encode(key),
            why,
            "a damaged record is skipped"
        );
    }

    fn corrupt(&self, key: &[u8], why: String) -> ReadError {
        ReadError::Corrupt {
            space: self.name.to_owned(),
            key: HEXLOWER.encode(key),
            why,
        }
    }
}

impl<K, V> Table<K, V> {
    pub const fn space(&self) -> Keyspace {
        self.space
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The low keyspaces are this crate's own; a constant table that takes one does not compile.
pub(crate) const fn table_space(id: u16) -> Keyspace {
    assert!(id >= FIRST_FREE, "keyspaces below 16 are the store's own");
    Keyspace(id)
}

fn open_row<V: Record>(stored: Stored) -> Result<Row<V>, String> {
    Ok(Row {
        version: stored.version,
        value: unseal(&stored.value)?,
    })
}

// Derived copies would ask the same of `K` and `V`.
impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Table<K, V> {}

impl<K, V> fmt::Debug for Table<K, V> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Table({} {})", self.space.0, self.name)
    }
}

impl<V> Deref for Row<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

/// Where a page ended, as text that survives a URL. It comes back from browsers, so it is only ever
/// used inside the prefix of the page it is given to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor(pub(crate) Vec<u8>);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is no place in a list")]
pub struct BadCursor;

impl Cursor {
    pub fn at<K: Key>(key: &K) -> Self {
        Cursor(encode(key))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
        bytes.map(Cursor).map_err(|_| BadCursor)
    }
}

#[cfg(test)]
mod tests;
