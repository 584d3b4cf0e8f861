use proptest::prelude::*;

use super::*;

type Everything = (i64, String, Option<u32>, bool, Vec<u8>);

fn everything() -> impl Strategy<Value = Everything> {
    // Text with the bytes that the escaping is about.
    let text = "[a\u{0}\u{1}b\u{ff}]{0,5}";
    (
        any::<i64>(),
        text,
        any::<Option<u32>>(),
        any::<bool>(),
        any::<Vec<u8>>(),
    )
}

proptest! {
    #[test]
    fn keys_come_back(key in everything()) {
        prop_assert_eq!(decode::<Everything>(&encode(&key)), Some(key));
    }

    #[test]
    fn bytes_sort_like_values(a in everything(), b in everything()) {
        prop_assert_eq!(encode(&a).cmp(&encode(&b)), a.cmp(&b));
    }

    /// The same first part is the rule here, so that the second decides.
    #[test]
    fn second_part_decides_when_the_first_is_equal(
        first in "[a\u{0}\u{1}]{0,3}", a in any::<i64>(), b in any::<i64>()
    ) {
        let (left, right) = ((first.clone(), a), (first, b));
        prop_assert_eq!(encode(&left).cmp(&encode(&right)), left.cmp(&right));
    }

    /// The key of a text is a prefix of exactly the pairs that begin with this text.
    #[test]
    fn text_is_a_prefix_of_its_own_pairs_only(
        a in "[a\u{0}\u{1}]{0,3}", b in "[a\u{0}\u{1}]{0,3}", next in any::<Vec<u8>>()
    ) {
        let pair = encode(&(b.clone(), next));
        prop_assert_eq!(pair.starts_with(&encode(&a)), a == b);
    }

    #[test]
    fn starting_text_is_a_prefix_of_all_that_start_so(
        a in "[a\u{0}b]{0,3}", b in "[a\u{0}b]{0,3}"
    ) {
        let key = encode(&b);
        prop_assert_eq!(key.starts_with(&encode(&StartsWith(&a))), b.starts_with(&a));
    }

    #[test]
    fn any_bytes_are_a_key_or_none(bytes in any::<Vec<u8>>()) {
        if let Some(key) = decode::<Everything>(&bytes) {
            prop_assert_eq!(encode(&key), bytes);
        }
    }

    #[test]
    fn successor_is_the_end_of_the_prefix(
        prefix in prop::collection::vec(prop::sample::select(vec![0, 0xFE, 0xFF]), 0..4),
        other in prop::collection::vec(prop::sample::select(vec![0, 0xFE, 0xFF]), 0..6),
    ) {
        let inside = other >= prefix && successor(&prefix).is_none_or(|end| other < end);
        prop_assert_eq!(inside, other.starts_with(&prefix));
    }
}

#[test]
fn negative_numbers_sort_before_positive_ones() {
    let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
    assert!(numbers.map(|n| encode(&n)).is_sorted());
}

#[test]
fn wide_numbers_and_arrays_come_back() {
    let key = (u128::MAX - 1, [7u8; 16], 3u8, 4u16);
    assert_eq!(decode(&encode(&key)), Some(key));
}

#[test]
fn borrowed_text_has_the_key_of_the_owned() {
    assert_eq!(encode(&"a\0b"), encode(&"a\0b".to_owned()));
}

#[test]
fn rest_behind_a_key_is_no_key() {
    assert_eq!(decode::<u16>(&[0, 1, 2]), None);
    assert_eq!(decode::<String>(b"a\x00\x01x"), None);
    assert_eq!(decode::<String>(b"a"), None);
    assert_eq!(decode::<String>(b"a\x00\x02"), None);
}
