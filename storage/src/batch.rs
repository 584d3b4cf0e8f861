//! A change: preconditions and writes that stand or fall together. A batch is data, so it can be
//! computed anywhere and computed again after a conflict.
use crate::error::CommitError;

/// Long enough for any key of ours, short enough for a b-tree row of every engine.
pub const MAX_KEY: usize = 1024;
/// Anything larger is a blob.
pub const MAX_VALUE: usize = 1024 * 1024;
/// All keys and values of one batch together.
pub const MAX_BATCH: usize = 16 * 1024 * 1024;

/// Keyspaces below this one belong to this crate.
pub(crate) const FIRST_FREE: u16 = 16;
pub(crate) const META: Keyspace = Keyspace(0);
pub(crate) const INSIDE_BLOBS: Keyspace = Keyspace(1);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Keyspace(pub u16);

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Check {
    Absent,
    /// Present, and last written by the commit of this number.
    Version(u64),
    /// Present with exactly these bytes.
    Equals(Vec<u8>),
}

/// Checks look at the store as it was before this batch; operations then apply in order.
#[derive(Clone, Default, Debug)]
pub struct Batch {
    pub(crate) checks: Vec<(Keyspace, Vec<u8>, Check)>,
    pub(crate) ops: Vec<Op>,
    /// Commit numbers continue above this one: a copied store keeps the versions of its rows.
    pub(crate) floor: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Put(Keyspace, Vec<u8>, Vec<u8>),
    Delete(Keyspace, Vec<u8>),
    Add(Keyspace, Vec<u8>, i64),
    Append(Keyspace, Vec<u8>),
    /// A row as another store held it, with its version.
    Restore(Keyspace, Vec<u8>, u64, Vec<u8>),
}

impl Batch {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn check(&mut self, space: Keyspace, key: Vec<u8>, check: Check) {
        self.checks.push((space, key, check));
    }

    pub fn put(&mut self, space: Keyspace, key: Vec<u8>, value: Vec<u8>) {
        self.ops.push(Op::Put(space, key, value));
    }

    pub fn delete(&mut self, space: Keyspace, key: Vec<u8>) {
        self.ops.push(Op::Delete(space, key));
    }

    /// Adds to a counter. The committer does the sum, so this never conflicts.
    pub fn add(&mut self, space: Keyspace, key: Vec<u8>, delta: i64) {
        self.ops.push(Op::Add(space, key, delta));
    }

    /// Puts the value at the next position of this keyspace, in commit order.
    pub fn append(&mut self, space: Keyspace, value: Vec<u8>) {
        self.ops.push(Op::Append(space, value));
    }

    pub(crate) fn restore(&mut self, space: Keyspace, key: Vec<u8>, version: u64, value: Vec<u8>) {
        self.ops.push(Op::Restore(space, key, version, value));
    }

    /// Neither checks nor writes anything.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.ops.is_empty()
    }

    /// The number of operations, checks not counted.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// The bytes that this batch brings to the engine, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.ops
            .iter()
            .map(|op| op.key_len() + op.value_len())
            .sum()
    }

    /// Limits hold for every engine alike, so that a store can be copied between them.
    pub(crate) fn check_limits(&self) -> Result<(), CommitError> {
        let checked = self.checks.iter().map(|(space, key, _)| (space, key.len()));
        for (space, len) in checked.chain(self.ops.iter().map(|op| (op.space(), op.key_len()))) {
            if len > MAX_KEY {
                return Err(too_large(*space, "key", len));
            }
        }
        for op in &self.ops {
            if op.value_len() > MAX_VALUE {
                return Err(too_large(*op.space(), "value", op.value_len()));
            }
        }
        if self.bytes() > MAX_BATCH {
            let why = format!("a batch of {} bytes", self.bytes());
            return Err(CommitError::TooLarge(why));
        }
        Ok(())
    }
}

impl Op {
    pub(crate) fn space(&self) -> &Keyspace {
        match self {
            Op::Put(space, ..)
            | Op::Delete(space, ..)
            | Op::Add(space, ..)
            | Op::Append(space, ..)
            | Op::Restore(space, ..) => space,
        }
    }

    fn key_len(&self) -> usize {
        match self {
            Op::Put(_, key, _)
            | Op::Delete(_, key)
            | Op::Add(_, key, _)
            | Op::Restore(_, key, _, _) => key.len(),
            Op::Append(..) => size_of::<u64>(),
        }
    }

    fn value_len(&self) -> usize {
        match self {
            Op::Put(_, _, value) | Op::Append(_, value) | Op::Restore(_, _, _, value) => {
                value.len()
            }
            Op::Add(..) => size_of::<i64>(),
            Op::Delete(..) => 0,
        }
    }
}

fn too_large(space: Keyspace, what: &str, len: usize) -> CommitError {
    CommitError::TooLarge(format!("a {what} of {len} bytes in keyspace {}", space.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Keyspace = Keyspace(16);

    #[test]
    fn largest_key_and_value_pass_and_one_more_byte_does_not() {
        let mut fits = Batch::new();
        fits.put(SPACE, vec![1; MAX_KEY], vec![2; MAX_VALUE]);
        assert_eq!(fits.check_limits(), Ok(()));

        let mut long_key = Batch::new();
        long_key.delete(SPACE, vec![1; MAX_KEY + 1]);
        assert!(matches!(
            long_key.check_limits(),
            Err(CommitError::TooLarge(_))
        ));

        let mut long_value = Batch::new();
        long_value.append(SPACE, vec![2; MAX_VALUE + 1]);
        assert!(matches!(
            long_value.check_limits(),
            Err(CommitError::TooLarge(_))
        ));
    }

    #[test]
    fn many_small_values_do_not_make_a_boundless_batch() {
        let mut batch = Batch::new();
        for n in 0..17u8 {
            batch.put(SPACE, vec![n], vec![0; MAX_VALUE]);
        }
        assert!(matches!(
            batch.check_limits(),
            Err(CommitError::TooLarge(_))
        ));
    }

    #[test]
    fn long_key_in_a_check_is_refused() {
        let mut batch = Batch::new();
        batch.check(SPACE, vec![1; MAX_KEY + 1], Check::Absent);
        assert!(matches!(
            batch.check_limits(),
            Err(CommitError::TooLarge(_))
        ));
    }
}
