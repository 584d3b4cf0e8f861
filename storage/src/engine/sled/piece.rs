//! Long values in short rows. sled splits a page by the number of its rows, not by their size; rows
//! of bounded size are what bounds a page. A long value is a head row that counts its pieces, and
//! the pieces lie in a region of their own, out of the way of scans.
use sled::{Batch, IVec};

use super::super::Fault;
use crate::batch::MAX_KEY;

/// Twenty of these with their keys stay below `PAGE_BOUND`.
const PIECE: usize = 16 * 1024;

/// The most rows that sled keeps in a leaf, with room for a merge with its neighbour.
const ROWS_PER_PAGE: usize = 20;

/// An index page holds up to 256 keys, which is less.
pub(super) const PAGE_BOUND: usize = ROWS_PER_PAGE * (PIECE + MAX_KEY + 64);
const _: () = assert!(PAGE_BOUND < super::SEGMENT / 4 - 64);
const _: () = assert!(257 * (MAX_KEY + 64) < super::SEGMENT / 4 - 64);

/// First byte of a key.
const ROWS: u8 = 0;
const PIECES: u8 = 1;

/// First byte of a row: the value follows, or the number of its pieces does.
const WHOLE: u8 = 0;
const CUT: u8 = 1;

pub(super) fn row(key: &[u8]) -> Vec<u8> {
    [&[ROWS], key].concat()
}

/// Undoes `row`.
pub(super) fn key_of(row: &[u8]) -> Vec<u8> {
    row.get(1..).unwrap_or_default().to_vec()
}

/// Above every row.
pub(super) fn rows_end() -> Vec<u8> {
    vec![PIECES]
}

pub(super) fn put(batch: &mut Batch, key: &[u8], value: &[u8]) {
    if value.len() < PIECE {
        batch.insert(row(key), [&[WHOLE], value].concat());
        return;
    }
    let mut count: u16 = 0;
    for part in value.chunks(PIECE) {
        batch.insert(piece(key, count), part);
        count += 1;
    }
    let head = [&[CUT][..], &count.to_be_bytes()].concat();
    batch.insert(row(key), head);
}

/// Removes the row and the pieces that the old row names. A later `put` of the same key in this
/// batch wins over the removal.
pub(super) fn remove(batch: &mut Batch, key: &[u8], old: Option<&[u8]>) {
    let Some(old) = old else { return };
    batch.remove(row(key));
    for number in 0..pieces(old).unwrap_or(0) {
        batch.remove(piece(key, number));
    }
}

pub(super) fn join(
    key: &[u8],
    row: &[u8],
    get: impl Fn(Vec<u8>) -> Result<Option<IVec>, Fault>,
) -> Result<Vec<u8>, Fault> {
    if let [WHOLE, value @ ..] = row {
        return Ok(value.to_vec());
    }
    let count = pieces(row).ok_or_else(|| Fault::Corrupt("a row of unknown form".into()))?;
    let mut value = Vec::with_capacity(usize::from(count) * PIECE);
    for number in 0..count {
        let part = get(piece(key, number))?;
        let part = part.ok_or_else(|| Fault::Corrupt("a piece of a value is missing".into()))?;
        value.extend_from_slice(&part);
    }
    Ok(value)
}

/// The fixed length of the number keeps the pieces of different keys apart.
fn piece(key: &[u8], number: u16) -> Vec<u8> {
    [&[PIECES], key, &number.to_be_bytes()].concat()
}

fn pieces(row: &[u8]) -> Option<u16> {
    match row {
        [CUT, high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}
