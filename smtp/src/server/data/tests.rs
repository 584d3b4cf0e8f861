use super::*;
use proptest::prelude::*;

#[derive(Debug, PartialEq, Eq)]
struct Read {
    content: Vec<u8>,
    consumed: Option<usize>,
    fault: Option<Fault>,
}

fn read_in(pieces: &[&[u8]], max_size: u64) -> Read {
    let mut reader = Reader::new(max_size);
    let (mut content, mut consumed, mut before) = (Vec::new(), None, 0);
    for piece in pieces {
        if consumed.is_none() {
            consumed = reader.feed(piece, &mut content).map(|c| before + c);
            before += piece.len();
        }
    }
    Read {
        content,
        consumed,
        fault: reader.fault(),
    }
}

fn read(input: &[u8]) -> Read {
    read_in(&[input], u64::MAX)
}

fn check(input: &[u8], content: &[u8]) {
    let read = read(input);
    assert_eq!(
        read.consumed,
        Some(input.len()),
        "{:?}",
        input.escape_ascii().to_string()
    );
    assert_eq!(read.content, content);
    assert_eq!(read.fault, None);
}

#[test]
fn content_ends_at_a_dot_alone() {
    check(b"a\r\n.\r\n", b"a\r\n");
    check(b".\r\n", b"");
    check(b"\r\n.\r\n", b"\r\n");
}

#[test]
fn one_leading_dot_is_taken_off() {
    check(b"..\r\n.\r\n", b".\r\n");
    check(
        b"..a\r\n...\r\n.b\r\nc.d\r\n.\r\n",
        b".a\r\n..\r\nb\r\nc.d\r\n",
    );
}

#[test]
fn any_byte_is_carried() {
    check(b"\0\xe9\xff\x80\r\n.\r\n", b"\0\xe9\xff\x80\r\n");
}

#[test]
fn what_follows_the_end_is_left_alone() {
    assert_eq!(read(b"a\r\n.\r\nQUIT\r\n").consumed, Some(6));
}

#[test]
fn nothing_else_ends_a_mail() {
    for sequence in [
        "\n.\n",
        "\n.\r",
        "\r.\n",
        "\r.\r",
        "\n.\r\n",
        "\r.\r\n",
        "\r\n.\r\r\n",
        "\r\r\n.\r\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\r\r\n.\n",
    ] {
        let input = format!("a{sequence}b");
        let read = read(input.as_bytes());
        assert_eq!(read.consumed, None, "{sequence:?}");
        assert_eq!(read.fault, Some(Fault::BareLineEnd), "{sequence:?}");
    }
    for sequence in ["\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n. \r\n"] {
        assert_eq!(read(sequence.as_bytes()).consumed, None, "{sequence:?}");
    }
}

#[test]
fn a_faulty_mail_is_read_to_its_true_end() {
    let read = read(b"a\n.\nMAIL FROM:<x@y>\r\n.\r\nQUIT\r\n");
    assert_eq!(
        (read.consumed, read.fault),
        (Some(24), Some(Fault::BareLineEnd))
    );
}

#[test]
fn a_mail_may_be_as_big_as_the_limit_and_no_bigger() {
    assert_eq!(read_in(&[b"ab\r\n.\r\n"], 4).fault, None);
    let big = read_in(&[b"abc\r\n.\r\n"], 4);
    assert_eq!((big.consumed, big.fault), (Some(8), Some(Fault::TooBig)));
}

#[test]
fn stuffed_dots_do_not_count_to_the_size() {
    assert_eq!(read_in(&[b"..\r\n.\r\n"], 3).fault, None);
}

#[test]
fn smuggling_outweighs_size() {
    assert_eq!(
        read_in(&[b"abcdefgh\n\r\n.\r\n"], 4).fault,
        Some(Fault::BareLineEnd)
    );
}

#[test]
fn a_line_of_64_kib_passes_and_one_byte_more_does_not() {
    let mail = |length: usize| [vec![b'x'; length - 2], b"\r\ny\r\n.\r\n".to_vec()].concat();
    assert_eq!(read(&mail(65_536)).fault, None);
    let long = read(&mail(65_537));
    assert_eq!(long.fault, Some(Fault::LineTooLong));
    assert!(long.consumed.is_some());
}

/// The rule in its shortest form, to compare with: look at the whole input.
fn reference(input: &[u8]) -> (Option<usize>, Vec<u8>, bool) {
    let whole = [b"\r\n", input].concat();
    let end = whole.windows(5).position(|w| w == b"\r\n.\r\n");
    let body = &whole[2..end.map_or(whole.len(), |at| at + 2).max(2)];
    let is_bare = |at: usize| match body[at] {
        b'\r' => at + 1 < body.len() && body[at + 1] != b'\n',
        b'\n' => at == 0 || body[at - 1] != b'\r',
        _ => false,
    };
    let bare = (0..body.len()).any(is_bare);
    let stuffed = |at: usize| body[at] == b'.' && (at == 0 || body[..at].ends_with(b"\r\n"));
    let content = (0..body.len())
        .filter(|at| !stuffed(*at))
        .map(|at| body[at])
        .collect();
    (end.map(|at| at + 3), content, bare)
}

fn nasty() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![b'\r', b'\n', b'.', b'a', 0]);
    prop::collection::vec(piece, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_reader_agrees_with_the_rule(input in nasty()) {
        let read = read(&input);
        let (consumed, content, bare) = reference(&input);
        prop_assert_eq!(read.consumed, consumed);
        prop_assert_eq!(read.fault.is_some(), bare);
        if consumed.is_some() && !bare {
            prop_assert_eq!(read.content, content);
        }
    }

    #[test]
    fn pieces_make_no_difference(input in nasty(), cut in 0usize..24) {
        let cut = cut.min(input.len());
        let pieces = read_in(&[&input[..cut], &input[cut..]], u64::MAX);
        prop_assert_eq!(pieces, read(&input));
    }
}
