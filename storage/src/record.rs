//! Records as values: a schema number, a checksum, and the record as postcard. The schema number
//! says how to read the body, so that an old record can be read by a newer program; the checksum
//! tells a damaged record from a strange one.
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a table holds. Change the shape, raise `SCHEMA`, and keep the old struct for `upgrade`.
pub trait Record: Serialize + DeserializeOwned + Send + 'static {
    const SCHEMA: u16;

    /// Reads a body of an older schema; `None` when that schema is not known.
    fn upgrade(schema: u16, body: &[u8]) -> Option<Self> {
        let _ = (schema, body);
        None
    }
}

/// The value of an index whose keys say everything.
impl Record for () {
    const SCHEMA: u16 = 0;
}

const HEADER: usize = 6;

pub(crate) fn seal<V: Record>(record: &V) -> Vec<u8> {
    let body = postcard::to_stdvec(record).expect("a record is plain data of known length");
    let mut value = Vec::with_capacity(HEADER + body.len());
    value.extend_from_slice(&V::SCHEMA.to_be_bytes());
    value.extend_from_slice(&checksum(V::SCHEMA, &body).to_be_bytes());
    value.extend_from_slice(&body);
    value
}

/// The error says what is wrong in words for the log.
pub(crate) fn unseal<V: Record>(value: &[u8]) -> Result<V, String> {
    let Some((header, body)) = value.split_first_chunk::<HEADER>() else {
        return Err(format!("only {} bytes", value.len()));
    };
    let [s0, s1, crc @ ..] = *header;
    let schema = u16::from_be_bytes([s0, s1]);
    if checksum(schema, body) != u32::from_be_bytes(crc) {
        return Err("the checksum does not match".into());
    }
    if schema == V::SCHEMA {
        return read_body(body).ok_or_else(|| format!("not a record of schema {schema}"));
    }
    V::upgrade(schema, body).ok_or_else(|| format!("schema {schema} cannot be read"))
}

/// Bytes left over mean that the shape changed without its schema number.
fn read_body<V: Record>(body: &[u8]) -> Option<V> {
    match postcard::take_from_bytes(body) {
        Ok((record, [])) => Some(record),
        _ => None,
    }
}

fn checksum(schema: u16, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&schema.to_be_bytes());
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct First {
        name: String,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Second {
        name: String,
        open: bool,
    }

    impl Record for First {
        const SCHEMA: u16 = 1;
    }

    impl Record for Second {
        const SCHEMA: u16 = 2;

        fn upgrade(schema: u16, body: &[u8]) -> Option<Self> {
            let First { name } = (schema == 1).then(|| postcard::from_bytes(body).ok())??;
            Some(Second { name, open: true })
        }
    }

    fn first() -> First {
        First { name: "Ann".into() }
    }

    #[test]
    fn older_record_is_upgraded_when_read() {
        let second = unseal::<Second>(&seal(&first())).unwrap();
        assert_eq!(
            second,
            Second {
                name: "Ann".into(),
                open: true
            }
        );
    }

    #[test]
    fn newer_record_is_reported_and_not_misread() {
        let second = Second {
            name: "Ann".into(),
            open: false,
        };
        let why = unseal::<First>(&seal(&second)).unwrap_err();
        assert_eq!(why, "schema 2 cannot be read");
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let sealed = seal(&first());
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(unseal::<First>(&damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn shape_changed_without_a_schema_number_is_reported() {
        #[derive(Serialize, Deserialize)]
        struct Wider(String, u8);
        impl Record for Wider {
            const SCHEMA: u16 = 1;
        }
        assert!(unseal::<First>(&seal(&Wider("Ann".into(), 7))).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = unseal::<Second>(&bytes);
            let _ = unseal::<()>(&bytes);
        }

        #[test]
        fn what_is_sealed_comes_back(name in ".*") {
            let record = First { name };
            prop_assert_eq!(unseal::<First>(&seal(&record)).unwrap(), record);
        }
    }
}
