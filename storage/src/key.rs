//! Keys as bytes: ordered like the values they come from and self-delimiting, so that the encoding
//! of `a` is a prefix of the encoding of `(a, b)` and of no other pair. The only place that knows
//! key bytes.
use crate::batch::Keyspace;

/// `read` undoes `write` and takes exactly what `write` gave; it returns `None` for anything else.
pub trait Key: Sized {
    fn write(&self, to: &mut Vec<u8>);
    fn read(from: &mut &[u8]) -> Option<Self>;
}

pub fn encode<K: Key>(key: &K) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    key.write(&mut bytes);
    bytes
}

/// The whole of `bytes` as one key.
pub(crate) fn decode<K: Key>(mut bytes: &[u8]) -> Option<K> {
    let key = K::read(&mut bytes)?;
    bytes.is_empty().then_some(key)
}

/// The key as an engine holds it: all keyspaces lie in one ordered map.
pub(crate) fn in_space(space: Keyspace, key: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(2 + key.len());
    raw.extend_from_slice(&space.0.to_be_bytes());
    raw.extend_from_slice(key);
    raw
}

/// Undoes `in_space`.
pub(crate) fn out_of_space(raw: &[u8]) -> Option<(Keyspace, &[u8])> {
    let (space, key) = raw.split_first_chunk::<2>()?;
    Some((Keyspace(u16::from_be_bytes(*space)), key))
}

/// The smallest byte string above everything that starts with `prefix`; none when it is all 0xFF.
pub(crate) fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|byte| *byte != 0xFF)? + 1;
    let mut next = prefix[..keep].to_vec();
    next[keep - 1] += 1;
    Some(next)
}

/// A page prefix that matches every string beginning with this text. Never part of a stored key.
#[derive(Clone, Copy, Debug)]
pub struct StartsWith<'a>(pub &'a str);

impl Key for StartsWith<'_> {
    fn write(&self, to: &mut Vec<u8>) {
        write_escaped(self.0.as_bytes(), to);
    }

    fn read(_: &mut &[u8]) -> Option<Self> {
        None
    }
}

macro_rules! unsigned {
    ($($int:ty),*) => {$(
        impl Key for $int {
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_be_bytes());
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                take(from).map(Self::from_be_bytes)
            }
        }
    )*};
}
unsigned!(u8, u16, u32, u64, u128);

/// With the sign bit flipped, two's complement sorts like the numbers.
impl Key for i64 {
    fn write(&self, to: &mut Vec<u8>) {
        (self.cast_unsigned() ^ (1 << 63)).write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        u64::read(from).map(|flipped| (flipped ^ (1 << 63)).cast_signed())
    }
}

impl Key for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        match u8::read(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<const N: usize> Key for [u8; N] {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        take(from)
    }
}

/// Absent sorts first.
impl<K: Key> Key for Option<K> {
    fn write(&self, to: &mut Vec<u8>) {
        self.is_some().write(to);
        if let Some(key) = self {
            key.write(to);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        if bool::read(from)? {
            K::read(from).map(Some)
        } else {
            Some(None)
        }
    }
}

impl Key for String {
    fn write(&self, to: &mut Vec<u8>) {
        self.as_str().write(to);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        String::from_utf8(read_escaped(from)?).ok()
    }
}

/// For prefixes and lookups; it reads as nothing, since there is no owner for the text.
impl Key for &str {
    fn write(&self, to: &mut Vec<u8>) {
        write_escaped(self.as_bytes(), to);
        to.extend_from_slice(&END);
    }

    fn read(_: &mut &[u8]) -> Option<Self> {
        None
    }
}

impl Key for Vec<u8> {
    fn write(&self, to: &mut Vec<u8>) {
        write_escaped(self, to);
        to.extend_from_slice(&END);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        read_escaped(from)
    }
}

impl Key for () {
    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

macro_rules! tuple {
    ($($name:ident . $at:tt),+) => {
        impl<$($name: Key),+> Key for ($($name,)+) {
            fn write(&self, to: &mut Vec<u8>) {
                $(self.$at.write(to);)+
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                Some(($($name::read(from)?,)+))
            }
        }
    };
}
tuple!(A.0);
tuple!(A.0, B.1);
tuple!(A.0, B.1, C.2);
tuple!(A.0, B.1, C.2, D.3);
tuple!(A.0, B.1, C.2, D.3, E.4);

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*head)
}

/// A zero byte in the text becomes 00 FF and the end is 00 01: a text sorts before its extensions,
/// and whatever follows the end cannot be mistaken for an escape.
const END: [u8; 2] = [0x00, 0x01];
const ESCAPED_ZERO: [u8; 2] = [0x00, 0xFF];

fn write_escaped(bytes: &[u8], to: &mut Vec<u8>) {
    for byte in bytes {
        match byte {
            0 => to.extend_from_slice(&ESCAPED_ZERO),
            other => to.push(*other),
        }
    }
}

fn read_escaped(from: &mut &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = *from;
    loop {
        match rest {
            [0x00, 0x01, after @ ..] => {
                *from = after;
                return Some(bytes);
            }
            [0x00, 0xFF, after @ ..] => {
                bytes.push(0);
                rest = after;
            }
            [0x00, ..] | [] => return None,
            [byte, after @ ..] => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests;
