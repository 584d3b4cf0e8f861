use super::*;
use proptest::prelude::*;

fn parsed(line: &str) -> Command {
    parse(line.as_bytes(), "mx.example").unwrap_or_else(|reply| panic!("{line}: {reply}"))
}

fn refused(line: impl AsRef<[u8]>) -> u16 {
    let line = line.as_ref();
    match parse(line, "mx.example") {
        Ok(command) => panic!("{}: {command:?}", line.escape_ascii()),
        Err(reply) => reply.code,
    }
}

fn sender(text: &str) -> ReversePath {
    text.parse().expect("a path")
}

#[test]
fn verbs_ignore_case() {
    assert_eq!(parsed("ehlo a.example"), Command::Ehlo("a.example".into()));
    assert_eq!(
        parsed("hElO [192.0.2.1]"),
        Command::Helo("[192.0.2.1]".into())
    );
    assert_eq!(parsed("data"), Command::Data);
    assert_eq!(parsed("QUIT"), Command::Quit);
    assert_eq!(parsed("StartTLS"), Command::StartTls);
    assert_eq!(parsed("noop whatever this is"), Command::Noop);
    assert_eq!(parsed("VRFY ann"), Command::Vrfy);
    assert_eq!(parsed("HELP"), Command::Help);
    assert_eq!(parsed("RSET"), Command::Rset);
}

#[test]
fn mail_carries_sender_size_and_body() {
    let mail = |from, size, body_8bit| {
        Command::Mail(Mail {
            from: sender(from),
            size,
            body_8bit,
        })
    };
    assert_eq!(
        parsed("MAIL FROM:<a@b.example>"),
        mail("a@b.example", 0, false)
    );
    assert_eq!(
        parsed("mail from:<> size=12 BODY=8BITMIME"),
        mail("", 12, true)
    );
    assert_eq!(
        parsed("MAIL FROM:<a@b> BODY=7BIT SIZE=0"),
        mail("a@b", 0, false)
    );
    assert_eq!(parsed("MAIL FROM: <a@b>"), mail("a@b", 0, false));
    assert_eq!(
        parsed("MAIL FROM:<\"x>y@z\"@b>"),
        mail("\"x>y@z\"@b", 0, false)
    );
}

#[test]
fn recipients_keep_their_quotes_and_lose_their_routes() {
    let rcpt = |to: &str| Command::Rcpt(to.parse().expect("a mailbox"));
    assert_eq!(
        parsed("RCPT TO:<ann@desk.example>"),
        rcpt("ann@desk.example")
    );
    assert_eq!(
        parsed("RCPT TO:<\"a@b\"@desk.example>"),
        rcpt("\"a@b\"@desk.example")
    );
    assert_eq!(
        parsed("RCPT TO:<@x.example:a@b.example>"),
        rcpt("a@b.example")
    );
    assert_eq!(
        parsed("RCPT TO:<postmaster>"),
        rcpt("postmaster@mx.example")
    );
}

#[test]
fn what_is_not_announced_is_refused_as_a_parameter() {
    for line in [
        "MAIL FROM:<a@b> SMTPUTF8",
        "MAIL FROM:<a@b> BODY=BINARYMIME",
        "MAIL FROM:<a@b> RET=FULL",
        "MAIL FROM:<a@b> ENVID=x",
        "MAIL FROM:<a@b> AUTH=<>",
        "MAIL FROM:<a@b> FOO=BAR",
        "MAIL FROM:<a@b> FOO",
        "RCPT TO:<a@b> NOTIFY=NEVER",
        "RCPT TO:<a@b> ORCPT=rfc822;a@b",
        "RCPT TO:<a@b> FOO",
    ] {
        assert_eq!(refused(line), 555, "{line}");
    }
}

#[test]
fn bad_syntax_is_501() {
    for line in [
        "EHLO",
        "HELO",
        "EHLO ",
        "MAIL",
        "MAIL FROM:",
        "MAIL FROM:a@b",
        "MAIL FROM:<a@b",
        "MAIL FROM:<a@b>SIZE=1",
        "MAIL TO:<a@b>",
        "MAIL FROM:<a b@c>",
        "MAIL FROM:<a>",
        "MAIL FROM:<a@b> SIZE=x",
        "MAIL FROM:<a@b> SIZE=-1",
        "MAIL FROM:<a@b> BODY=9BIT",
        "RCPT TO:<>",
        "RCPT TO:<a@b.>",
        "RCPT FROM:<a@b>",
        "RCPT TO:<<a@b>>",
        "RCPT TO:<a@b>>",
        "RCPT TO:<a@@b>",
        "RCPT TO:<@x:a>",
        "DATA now",
        "QUIT now",
        "RSET x",
        "STARTTLS x",
    ] {
        assert_eq!(refused(line), 501, "{line}");
    }
}

#[test]
fn commands_that_exist_elsewhere_are_502_and_others_500() {
    for line in [
        "AUTH PLAIN",
        "AUTH",
        "BDAT 10 LAST",
        "EXPN list",
        "ETRN x",
        "LHLO a",
    ] {
        assert_eq!(refused(line), 502, "{line}");
    }
    for line in [
        "",
        " ",
        "FOO",
        "MAILFROM:<a@b>",
        "DATAX",
        "EHLOX a",
        ".",
        "Subject: x",
    ] {
        assert_eq!(refused(line), 500, "{line:?}");
    }
}

#[test]
fn commands_are_printable_ascii() {
    assert_eq!(refused(b"NOOP \0"), 500);
    assert_eq!(refused(b"NOOP \t"), 500);
    assert_eq!(refused(b"EHLO \xe9"), 500);
    assert_eq!(refused("MAIL FROM:<é@b>"), 553);
    assert_eq!(refused("rcpt to:<a@\u{435}xample>"), 553);
    assert_eq!(refused(b"RCPT TO:<a@b\xff\0>"), 500);
}

#[test]
fn a_size_beyond_all_numbers_is_refused() {
    assert!(matches!(
        refused("MAIL FROM:<a@b> SIZE=99999999999999999999"),
        501 | 552
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_line_is_parsed_or_refused(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&line, "mx.example");
    }

    #[test]
    fn any_arguments_are_parsed_or_refused(
        verb in prop::sample::select(vec!["MAIL FROM:<", "RCPT TO:<", "EHLO ", "BDAT ", "VRFY ", "AUTH ", "BURL "]),
        rest in "[ -~]{0,80}",
    ) {
        if let Err(reply) = parse(format!("{verb}{rest}").as_bytes(), "mx.example") {
            prop_assert!(reply.is_permanent());
        }
    }

    #[test]
    fn a_path_survives_the_line(local in "[ -~]{1,30}", domain in "[a-z]{1,9}\\.[a-z]{2,5}") {
        let to = Mailbox::new(&local, &domain).expect("printable ASCII");
        prop_assert_eq!(parsed(&format!("RCPT TO:<{to}>")), Command::Rcpt(to));
    }
}
