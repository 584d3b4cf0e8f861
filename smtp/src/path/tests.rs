use super::*;
use proptest::prelude::*;

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn ordinary_addresses_round_trip() {
    for text in [
        "a@b",
        "ann.lee+tag@desk.example",
        "a%b@us.example",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "\"a b\"@us.example",
        "\"a\\\"b\\\\c\"@us.example",
        "a@under_score.example",
    ] {
        assert_eq!(mailbox(text).to_string(), text);
    }
}

#[test]
fn quotes_that_are_not_needed_go_away() {
    assert_eq!(mailbox("\"ann\"@x.example"), mailbox("ann@x.example"));
    assert_eq!(mailbox("\"a@b\"@x.example").local(), "a@b");
    assert_eq!(mailbox("\"a@b\"@x.example").domain(), "x.example");
}

#[test]
fn only_the_domain_ignores_case() {
    assert_eq!(mailbox("a@B.example"), mailbox("a@b.EXAMPLE"));
    assert_ne!(mailbox("A@b.example"), mailbox("a@b.example"));
    assert_eq!(mailbox("A@B.example").to_lowercase(), "a@b.example");
}

#[test]
fn malformed_addresses_are_refused() {
    let long_local = format!("{}@x.example", "a".repeat(65));
    let long_domain = format!("a@{}", ["a"; 130].join("."));
    for text in [
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a@b.",
        "a@.b",
        "a@b..c",
        "a..b@c",
        ".a@c",
        "a.@c",
        "a b@c",
        "a@b c",
        "a@b@c",
        "a@-b",
        "a@b-",
        "\"a@b",
        "\"\"@b",
        "\"a\"b@c",
        "a@[1.2.3]",
        "a@[]",
        "a@[IPv6:x]",
        "a(comment)@b",
        "a\0@b",
        "a@b\0",
        "<a@b>",
        "a@b>",
        "a@b:25",
        "a@b,c@d",
        &long_local,
        &long_domain,
    ] {
        assert!(text.parse::<Mailbox>().is_err(), "{text:?}");
    }
}

#[test]
fn homographs_are_told_apart_by_their_own_error() {
    for text in [
        "\u{430}@b.example",
        "a@\u{435}xample",
        "a@\u{ff45}xample",
        "é@b",
    ] {
        assert_eq!(text.parse::<Mailbox>(), Err(PathError::NonAscii));
    }
}

#[test]
fn a_source_route_is_ignored() {
    let path: ReversePath = "@a.example,@b.example:c@d.example".parse().expect("a path");
    assert_eq!(path, ReversePath::Mailbox(mailbox("c@d.example")));
    assert!("@a.example,b:c@d".parse::<ReversePath>().is_err());
    assert!("@a.example:".parse::<ReversePath>().is_err());
}

#[test]
fn the_null_path_is_a_reverse_path_and_no_forward_path() {
    assert_eq!("".parse(), Ok(ReversePath::Null));
    assert!(forward_path("", "mx.example").is_err());
}

#[test]
fn postmaster_needs_no_domain() {
    let path = forward_path("Postmaster", "mx.example").expect("a mailbox");
    assert_eq!(path.to_string(), "Postmaster@mx.example");
    assert!(forward_path("abuse", "mx.example").is_err());
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,300}") {
        let _ = text.parse::<ReversePath>();
        let _ = forward_path(&text, "mx.example");
    }

    #[test]
    fn what_is_printed_parses_to_the_same(local in "[ -~]{1,64}", domain in "[a-z]{1,9}(\\.[a-z]{1,9}){0,3}") {
        let made = Mailbox::new(&local, &domain).expect("printable ASCII");
        prop_assert_eq!(made.to_string().parse::<Mailbox>(), Ok(made));
    }
}
