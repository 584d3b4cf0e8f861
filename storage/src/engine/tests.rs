use std::convert::Infallible;

use super::*;

fn range(prefix: &[u8], after: Option<&[u8]>, direction: Direction) -> (Vec<u8>, Option<Vec<u8>>) {
    let range = Range::of(prefix, after, direction, 1);
    (range.from, range.to)
}

#[test]
fn cursor_is_beyond_in_both_directions() {
    let forward = range(b"p", Some(b"pq"), Direction::Forward);
    assert_eq!(forward, (b"pq\x00".to_vec(), Some(b"q".to_vec())));
    let backward = range(b"p", Some(b"pq"), Direction::Backward);
    assert_eq!(backward, (b"p".to_vec(), Some(b"pq".to_vec())));
}

#[test]
fn cursor_elsewhere_never_widens_the_range() {
    for after in [&b"a"[..], b"z", b""] {
        for direction in [Direction::Forward, Direction::Backward] {
            let (from, to) = range(b"p", Some(after), direction);
            assert!(from >= b"p".to_vec());
            assert!(to.unwrap() <= b"q".to_vec());
        }
    }
}

#[test]
fn range_that_ends_before_it_begins_is_empty() {
    let beyond = Range::of(b"p", Some(b"z"), Direction::Forward, 1);
    assert!(beyond.is_empty());
    assert!(Range::of(b"p", None, Direction::Forward, 0).is_empty());
    assert!(!Range::of(b"p", None, Direction::Forward, 1).is_empty());
}

#[test]
fn page_stops_at_its_bytes_but_never_before_the_first_row() {
    let range = Range::of(b"", None, Direction::Forward, 100);
    let huge = (0..5).map(|n| Ok::<_, Infallible>((vec![n], vec![0; PAGE_BYTES])));
    let rows = range.take(huge).unwrap();
    assert_eq!(rows.len(), 1);
    assert!(is_cut(&rows));
    let small = (0..5).map(|n| Ok::<_, Infallible>((vec![n], vec![0; 10])));
    let rows = range.take(small).unwrap();
    assert_eq!((rows.len(), is_cut(&rows)), (5, false));
}

#[test]
fn engine_names_are_read_back() {
    for kind in [EngineKind::Sled, EngineKind::Redb] {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    let unknown = "rocks".parse::<EngineKind>().unwrap_err();
    assert!(unknown.to_string().contains("sled and redb"));
}
