//! A group of batches on its way to one engine write: each batch sees the store with the accepted
//! batches before it, and leaves nothing behind when it is refused.
use crate::batch::{Batch, Check, Keyspace, META, Op};
use crate::engine::{Engine, Fault, Writes};
use crate::error::CommitError;
use crate::key::{encode, in_space};
use crate::store::{Commit, Stored};

pub(super) struct Group<'a> {
    engine: &'a dyn Engine,
    last: u64,
    writes: Writes,
}

impl<'a> Group<'a> {
    pub fn new(engine: &'a dyn Engine, last: u64) -> Self {
        Group {
            engine,
            last,
            writes: Writes::new(),
        }
    }

    /// Takes the batch into the group, or says why not.
    pub fn add(&mut self, batch: Batch) -> Result<Commit, CommitError> {
        for (space, key, check) in batch.checks {
            let found = self.read(&Writes::new(), &in_space(space, &key))?;
            if !holds(&check, found.as_ref()) {
                return Err(CommitError::Conflict { space, key });
            }
        }
        if batch.ops.is_empty() {
            return Ok(Commit {
                version: self.last,
                positions: Vec::new(),
            });
        }
        let version = self.last.max(batch.floor) + 1;
        let (staged, positions) = self.stage(batch.ops, version)?;
        self.last = version;
        self.writes.extend(staged);
        Ok(Commit { version, positions })
    }

    /// The number of the last commit and everything to write.
    pub fn finish(self) -> (u64, Writes) {
        (self.last, self.writes)
    }

    fn stage(&self, ops: Vec<Op>, version: u64) -> Result<(Writes, Vec<u64>), CommitError> {
        let mut staged = Writes::new();
        let mut positions = Vec::new();
        for op in ops {
            match op {
                Op::Put(space, key, value) => {
                    staged.insert(in_space(space, &key), Some(Stored::seal(version, &value)));
                }
                Op::Delete(space, key) => {
                    staged.insert(in_space(space, &key), None);
                }
                Op::Restore(space, key, version, value) => {
                    staged.insert(in_space(space, &key), Some(Stored::seal(version, &value)));
                }
                Op::Add(space, key, delta) => {
                    let raw = in_space(space, &key);
                    let sum = self.number(&staged, &raw)?.saturating_add(delta);
                    staged.insert(raw, Some(Stored::seal(version, &sum.to_be_bytes())));
                }
                Op::Append(space, value) => {
                    let position = self.next_position(&mut staged, space, version)?;
                    let raw = in_space(space, &encode(&position));
                    staged.insert(raw, Some(Stored::seal(version, &value)));
                    positions.push(position);
                }
            }
        }
        Ok((staged, positions))
    }

    /// Positions are kept beside the log, so that a log whose end was removed never gives a
    /// position twice.
    fn next_position(
        &self,
        staged: &mut Writes,
        space: Keyspace,
        version: u64,
    ) -> Result<u64, CommitError> {
        let raw = in_space(META, &encode(&("log", space.0)));
        let position = self.number(staged, &raw)? + 1;
        staged.insert(raw, Some(Stored::seal(version, &position.to_be_bytes())));
        Ok(position.cast_unsigned())
    }

    fn number(&self, staged: &Writes, raw: &[u8]) -> Result<i64, CommitError> {
        let Some(stored) = self.read(staged, raw)? else {
            return Ok(0);
        };
        let bytes = stored.value.try_into();
        let bytes = bytes.map_err(|_| CommitError::Corrupt("a counter is not a number".into()))?;
        Ok(i64::from_be_bytes(bytes))
    }

    /// What the batch's own writes, then the group, then the store say.
    fn read(&self, staged: &Writes, raw: &[u8]) -> Result<Option<Stored>, CommitError> {
        let written = staged.get(raw).or_else(|| self.writes.get(raw));
        let found = match written {
            Some(written) => written.clone(),
            None => self.engine.get(raw).map_err(unreadable)?,
        };
        let open = |found| Stored::open(found).ok_or_else(|| damaged(raw));
        found.map(open).transpose()
    }
}

fn holds(check: &Check, found: Option<&Stored>) -> bool {
    match (check, found) {
        (Check::Absent, found) => found.is_none(),
        (Check::Version(version), Some(found)) => found.version == *version,
        (Check::Equals(value), Some(found)) => found.value == *value,
        (Check::Version(_) | Check::Equals(_), None) => false,
    }
}

fn unreadable(fault: Fault) -> CommitError {
    CommitError::Corrupt(fault.to_string())
}

fn damaged(raw: &[u8]) -> CommitError {
    CommitError::Corrupt(format!("a row without a version, key {raw:02x?}"))
}
