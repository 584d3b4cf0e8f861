use super::*;
use proptest::prelude::*;

fn check(text: &str, new: &str, signature: &str, quoted: &str) {
    let reply = split(text, false);
    assert_eq!(
        (
            reply.new.as_str(),
            reply.signature.as_str(),
            reply.quoted.as_str()
        ),
        (new, signature, quoted)
    );
}

#[test]
fn an_answer_above_a_quote() {
    check(
        "It works.\n\nOn Mon, 3 Mar 2025 at 10:12, Ann <a@x.example> wrote:\n> Does it work?\n> \n> Ann\n",
        "It works.",
        "",
        "On Mon, 3 Mar 2025 at 10:12, Ann <a@x.example> wrote:\n> Does it work?\n> \n> Ann",
    );
}

#[test]
fn an_answer_below_one_quote() {
    check(
        "Am 03.03.2025 schrieb Ann:\n> Geht es?\n\nJa.\n-- \nBen",
        "Ja.",
        "-- \nBen",
        "Am 03.03.2025 schrieb Ann:\n> Geht es?",
    );
}

#[test]
fn answers_between_quotes_are_all_new() {
    let text = "On Mon, 3 Mar 2025, Ann wrote:\n> One?\nYes.\n> Two?\nNo.";
    let reply = split(text, false);
    assert_eq!(reply.quoted, "");
    for line in text.lines() {
        assert!(reply.new.contains(line), "{line}");
    }
}

#[test]
fn a_signature_before_the_quote() {
    check(
        "Yes.\n-- \nBen\n+49 1\n\nAnn wrote:\n> ok?",
        "Yes.",
        "-- \nBen\n+49 1",
        "Ann wrote:\n> ok?",
    );
}

#[test]
fn outlook_puts_headers_above_an_unmarked_mail() {
    check(
        "Done.\n\n________________________________\nFrom: Ann\nSent: Monday\nTo: Ben\nSubject: Printer\n\nIt burns.\n-- \nAnn",
        "Done.",
        "",
        "________________________________\nFrom: Ann\nSent: Monday\nTo: Ben\nSubject: Printer\n\nIt burns.\n-- \nAnn",
    );
}

#[test]
fn a_header_block_in_a_forward_is_what_was_sent() {
    let text = "Please see.\n\nFrom: Ann\nSent: Monday\nTo: Ben\nSubject: Printer\n\nIt burns.";
    assert_eq!(split(text, true).quoted, "");
    assert!(split(text, true).new.ends_with("It burns."));
}

#[test]
fn what_is_passed_on_is_new() {
    let text = "FYI\n\n---------- Forwarded message ---------\nFrom: Ann\nDate: Monday\nSubject: x\nTo: b\n\nHelp!";
    let reply = split(text, false);
    assert_eq!(reply.new, text);
    assert_eq!(reply.quoted, "");
}

#[test]
fn our_own_separator_ends_what_is_new() {
    check(
        "Thanks\n\nOn 3 Mar 2025 at 10:12 Support <s@x.example> wrote:\n\n-- reply above this line --\nYour ticket",
        "Thanks",
        "",
        "On 3 Mar 2025 at 10:12 Support <s@x.example> wrote:\n\n-- reply above this line --\nYour ticket",
    );
    check(
        "Thanks\n\nSupport wrote:\n> -- reply above this line --\n> Your ticket",
        "Thanks",
        "",
        "Support wrote:\n> -- reply above this line --\n> Your ticket",
    );
}

#[test]
fn answers_between_quotes_with_our_separator_are_all_new() {
    let text = "Hi,\nS wrote:\n> -- reply above this line --\n> One?\nYes.\n> Two?\nNo.";
    assert_eq!(split(text, false).quoted, "");
}

#[test]
fn nothing_above_a_marker_means_nothing_is_quoted() {
    check(
        "-----Original Message-----\nFrom: x\n\nHello",
        "-----Original Message-----\nFrom: x\n\nHello",
        "",
        "",
    );
    check("> only a quote", "> only a quote", "", "");
}

#[test]
fn phones_sign_for_people() {
    check(
        "Yes\n\nSent from my iPhone",
        "Yes",
        "Sent from my iPhone",
        "",
    );
    check(
        "Yes\n\nSent from my iPhone\n\n> x",
        "Yes",
        "Sent from my iPhone",
        "> x",
    );
}

#[test]
fn dashes_in_a_long_text_are_no_signature() {
    for dashes in ["--", "-- "] {
        let text = format!("one\n{dashes}\n{}", "line\n".repeat(30));
        assert_eq!(split(&text, false).signature, "");
    }
}

#[test]
fn subjects_say_what_is_passed_on() {
    for subject in ["Fwd: x", "FW: x", " WG: x", "TR : x"] {
        assert!(forwards(subject), "{subject}");
    }
    for subject in ["Re: Fwd: x", "x", "fwd", "I think: no"] {
        assert!(!forwards(subject), "{subject}");
    }
}

proptest! {
    #[test]
    fn no_line_is_lost(text in "([a-c>]|-- |\n|> |From: a\n|Sent: b\n|Subject: c\n|On 3 Mar 2025 10:12 x wrote:\n|-----Original Message-----\n){0,40}", passed_on: bool) {
        let reply = split(&text, passed_on);
        let lines = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(|l| l.trim_end().to_owned()).filter(|l| !l.is_empty()).collect();
            lines.sort();
            lines
        };
        let sorted = [reply.new, reply.signature, reply.quoted].join("\n");
        prop_assert_eq!(lines(&sorted), lines(&text));
    }
}
