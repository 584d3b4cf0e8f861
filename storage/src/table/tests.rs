use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn cursor_survives_a_url(key in any::<Vec<u8>>()) {
        let cursor = Cursor(key);
        let text = cursor.to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        prop_assert!(text.chars().all(plain));
        prop_assert_eq!(text.parse(), Ok(cursor));
    }

    #[test]
    fn any_text_is_a_cursor_or_refused(text in ".{0,40}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }
}

#[test]
fn tables_are_constants_that_can_be_copied() {
    const TABLE: Table<u32, ()> = Table::new(16, "things");
    let copy = TABLE;
    assert_eq!((copy.space(), copy.name()), (Keyspace(16), "things"));
    assert_eq!(format!("{TABLE:?}"), "Table(16 things)");
}

#[test]
#[should_panic(expected = "the store's own")]
fn own_keyspaces_are_no_tables() {
    let _ = Table::<u32, ()>::new(15, "meta");
}
