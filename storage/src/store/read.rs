//! Reading with an engine at hand: keyspaces become raw keys, rows become values with versions, and
//! a page gets its cursor.
use super::{Page, Scan, Stored};
use crate::batch::Keyspace;
use crate::engine::{Engine, Fault, Range, is_cut};
use crate::error::ReadError;
use crate::key::{in_space, out_of_space};

/// A value as the engine holds it: the version in eight bytes, then the value.
impl Stored {
    pub(crate) fn seal(version: u64, value: &[u8]) -> Vec<u8> {
        [&version.to_be_bytes(), value].concat()
    }

    pub(crate) fn open(mut raw: Vec<u8>) -> Option<Stored> {
        let (version, _) = raw.split_first_chunk::<8>()?;
        let version = u64::from_be_bytes(*version);
        let value = raw.split_off(8);
        Some(Stored { version, value })
    }
}

pub(crate) fn get_many(
    engine: &dyn Engine,
    keys: &[(Keyspace, Vec<u8>)],
) -> Result<Vec<Option<Stored>>, ReadError> {
    let raw: Vec<_> = keys
        .iter()
        .map(|(space, key)| in_space(*space, key))
        .collect();
    let found = engine.get_many(&raw).map_err(read_error)?;
    found
        .into_iter()
        .zip(keys)
        .map(|(row, (space, key))| row.map(|row| unwrap_row(*space, key, row)).transpose())
        .collect()
}

pub(crate) fn scan_page(engine: &dyn Engine, scan: &Scan) -> Result<Page, ReadError> {
    let prefix = in_space(scan.space, &scan.prefix);
    let after = scan.after.as_ref().map(|after| in_space(scan.space, after));
    // One row more than asked for tells whether a further page exists.
    let limit = scan.limit.saturating_add(1);
    let range = Range::of(&prefix, after.as_deref(), scan.direction, limit);
    if scan.limit == 0 || range.is_empty() {
        return Ok(Page::default());
    }
    let mut raw = engine.scan(&range).map_err(read_error)?;
    // A page cut short by its bytes may have a successor; an empty next page is harmless.
    let more = raw.len() > scan.limit || is_cut(&raw);
    raw.truncate(scan.limit);
    let rows = raw
        .into_iter()
        .filter_map(|(key, row)| Some((out_of_space(&key)?.1.to_vec(), row)))
        .map(|(key, row)| unwrap_row(scan.space, &key, row).map(|row| (key, row)))
        .collect::<Result<Vec<_>, _>>()?;
    let next = rows.last().filter(|_| more).map(|(key, _)| key.clone());
    Ok(Page { rows, next })
}

fn unwrap_row(space: Keyspace, key: &[u8], row: Vec<u8>) -> Result<Stored, ReadError> {
    Stored::open(row).ok_or_else(|| ReadError::Corrupt {
        space: format!("keyspace {}", space.0),
        key: data_encoding::HEXLOWER.encode(key),
        why: "a row without a version".into(),
    })
}

pub(crate) fn read_error(fault: Fault) -> ReadError {
    ReadError::Engine(fault.to_string())
}
