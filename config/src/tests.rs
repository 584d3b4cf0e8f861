//! The file, the variables and the command line together, and what a slip in them says.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::key::{KEYS, TABLES};

fn parse(text: &str) -> Result<Config, ConfigError> {
    with_variables(text, &[])
}

fn with_variables(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut settings = Settings::parse(text, Path::new("/etc/maildesk.toml"))?;
    let pairs = variables.iter();
    let pairs: Vec<_> = pairs.map(|(k, v)| (k.to_string(), v.to_string())).collect();
    settings.overlay(&pairs);
    Config::read(&settings)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[track_caller]
fn refused(text: &str) -> String {
    parse(text)
        .expect_err("this configuration is wrong")
        .to_string()
}

#[test]
fn the_example_is_a_configuration() {
    let config = parse(EXAMPLE).expect("the example loads");
    assert_eq!(config.data, PathBuf::from("/var/lib/maildesk"));
    assert_eq!(config.smtp.max_size, 64 << 20);
    assert_eq!(config.outgoing, Outgoing::Hold);
}

#[test]
fn the_example_shows_every_key() {
    let mut table = String::new();
    let mut shown = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            assert!(TABLES.contains(&name), "{name} is no table");
            table = format!("{name}.");
        }
        if let Some(key) = example::key_of(line) {
            shown.push(format!("{table}{key}"));
        }
    }
    assert_eq!(
        shown,
        KEYS.iter().map(|key| key.to_string()).collect::<Vec<_>>()
    );
}

#[test]
fn an_annotated_copy_holds_the_values_given() {
    let written = annotated(&[
        ("data", text("/srv/a \"quoted\" desk")),
        ("smtp.listen", Value::List(vec!["127.0.0.1:2525".into()])),
        ("web.base_url", text("https://desk.example")),
        ("outgoing.mode", text("relay")),
        ("outgoing.relay.host", text("smtp.example")),
        ("outgoing.relay.port", Value::Number(2587)),
    ]);
    let config = parse(&written).expect("the copy loads");
    assert_eq!(config.data, PathBuf::from("/srv/a \"quoted\" desk"));
    assert_eq!(
        config.smtp.listen,
        ["127.0.0.1:2525".parse().expect("an address")]
    );
    let Outgoing::Relay(relay) = config.outgoing else {
        panic!("the mode was set to relay");
    };
    assert_eq!((relay.host.as_str(), relay.port), ("smtp.example", 2587));
    assert!(written.contains("# Where mail comes in"), "the notes stay");
}

#[test]
fn an_unknown_key_names_line_nearest_and_remedy() {
    assert_eq!(
        refused("data = \"/d\"\n\n[smtp]\nlisen = \"0.0.0.0:25\"\n"),
        "/etc/maildesk.toml:4: unknown key smtp.lisen; \
         did you mean smtp.listen? maildesk.example.toml has every key"
    );
    assert!(refused("data = \"/d\"\n[smpt]\n").contains("did you mean smtp?"));
    assert!(refused("colour = \"red\"\n").contains(":1: unknown key colour; remove the line"));
}

#[test]
fn a_broken_document_names_its_line() {
    let problem = refused("data = \"/d\"\nengine = \n");
    assert!(
        problem.starts_with("/etc/maildesk.toml:2: not TOML: "),
        "{problem}"
    );
    let problem = refused("data = \"/d\"\ndata = \"/e\"\n");
    assert!(
        problem.starts_with("/etc/maildesk.toml:2: not TOML: duplicate"),
        "{problem}"
    );
}

#[test]
fn a_value_of_the_wrong_form_names_its_line() {
    for (text, problem) in [
        (
            "data = 7",
            ":1: data has the wrong form; it must stand in quotes",
        ),
        (
            "data = \"/d\"\nengine = \"mysql\"",
            ":2: engine cannot be \"mysql\"; write one of: sled, redb",
        ),
        ("smtp = 7", ":1: smtp is a table; write [smtp]"),
        ("data = { a = 1 }", ":1: data has the wrong form"),
        (
            "data = \"/d\"\nsmtp.listen = \"here\"",
            ":2: smtp.listen has \"here\"",
        ),
        (
            "data = \"/d\"\nsmtp.listen = []",
            ":2: smtp.listen is empty",
        ),
        (
            "data = \"/d\"\nsmtp.max_size = \"1 KiB\"",
            ":2: smtp.max_size is out of bounds",
        ),
        (
            "data = \"/d\"\nsmtp.trusted_networks = [\"10.0.0.1/8\"]",
            "names a host in the network",
        ),
        (
            "data = \"/d\"\nsmtp.tls_cert = \"c.pem\"",
            ":2: smtp.tls_cert stands without its key",
        ),
        (
            "data = \"/d\"\nweb.listen = \":8080\"",
            ":2: web.listen cannot be",
        ),
        (
            "data = \"/d\"\nweb.base_url = \"desk.example\"",
            ":2: web.base_url does not begin with",
        ),
        (
            "data = \"/d\"\nhostname = \"a b\"",
            ":2: hostname is no host name",
        ),
    ] {
        let found = refused(text);
        assert!(found.contains(problem), "{text:?} says {found:?}");
    }
}

#[test]
fn a_relay_is_complete_or_refused() {
    let relay = |lines: &str| {
        format!("data = \"/d\"\n[outgoing]\nmode = \"relay\"\n[outgoing.relay]\n{lines}")
    };
    for (lines, problem) in [
        ("", "outgoing.relay.host is missing"),
        (
            "host = \"r\"\nuser = \"u\"",
            ":6: outgoing.relay.user stands without a password",
        ),
        (
            "host = \"r\"\npassword = \"p\"",
            "outgoing.relay.user is missing",
        ),
        (
            "host = \"r\"\nport = 0",
            ":6: outgoing.relay.port is no port",
        ),
        (
            "host = \"r\"\nport = \"25\"",
            ":6: outgoing.relay.port has the wrong form",
        ),
        (
            "host = \"r\"\nverify = \"no\"",
            ":6: outgoing.relay.verify has the wrong form",
        ),
        (
            "host = \"r\"\nuser = \"u\"\npassword = \"p\"\nsecurity = \"plain\"",
            ":8: outgoing.relay.security would carry the password unprotected",
        ),
        (
            "host = \"r\"\nuser = \"u\"\npassword = \"p\"\npassword_file = \"f\"",
            ":8: outgoing.relay.password_file stands beside a password",
        ),
    ] {
        let found = refused(&relay(lines));
        assert!(found.contains(problem), "{lines:?} says {found:?}");
    }
    for (security, port) in [("implicit", 465), ("starttls", 587), ("plain", 25)] {
        let lines = format!("host = \"r\"\nsecurity = \"{security}\"");
        let config = parse(&relay(&lines)).expect("a relay");
        assert!(matches!(config.outgoing, Outgoing::Relay(found) if found.port == port));
    }
}

#[test]
fn a_variable_wins_over_the_file_and_is_named_in_refusals() {
    let text = "data = \"/d\"\n[web]\nlisten = \"127.0.0.1:1\"\n";
    let variables = [
        ("MAILDESK_WEB_LISTEN", "127.0.0.1:2"),
        ("MAILDESK_SMTP_TRUSTED_NETWORKS", "10.0.0.0/8, ::1"),
        ("MAILDESK_ENGINE", ""),
        ("MAILDESK_PORT_8080_TCP", "tcp://10.0.0.9:8080"),
    ];
    let config = with_variables(text, &variables).expect("variables are read");
    assert_eq!(config.web.listen.port(), 2);
    assert_eq!(config.smtp.trusted_networks.len(), 2);
    assert_eq!(config.engine, None);
    let problem = with_variables(text, &[("MAILDESK_WEB_LISTEN", "x")]).expect_err("no address");
    assert!(
        problem
            .to_string()
            .starts_with("environment variable MAILDESK_WEB_LISTEN: ")
    );
}

#[test]
fn the_command_line_wins_over_variable_and_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("maildesk.toml");
    std::fs::write(&file, "data = \"desk\"\n").expect("a file");
    let load = |variable: bool, flag: bool| {
        let variable = variable.then(|| ("MAILDESK_DATA".to_owned(), "/variable".to_owned()));
        let sources = Sources {
            file: Some(file.clone()),
            environment: variable.into_iter().collect(),
            data: flag.then(|| PathBuf::from("/flag")),
        };
        Config::load(sources).expect("a configuration").data
    };
    assert_eq!(load(true, true), PathBuf::from("/flag"));
    assert_eq!(load(true, false), PathBuf::from("/variable"));
    // A path in the file counts from the file, wherever the server is started.
    assert_eq!(load(false, false), directory.path().join("desk"));
}

#[test]
fn a_password_file_is_read_without_its_line_end() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("maildesk.toml");
    std::fs::write(directory.path().join("word"), "hush\n").expect("a file");
    let text = "data = \"d\"\n[outgoing]\nmode = \"relay\"\n[outgoing.relay]\n\
                host = \"r\"\nuser = \"u\"\npassword_file = \"word\"\n";
    std::fs::write(&file, text).expect("a file");
    let sources = Sources {
        file: Some(file),
        ..Sources::default()
    };
    let Outgoing::Relay(relay) = Config::load(sources).expect("a configuration").outgoing else {
        panic!("the mode is relay");
    };
    assert_eq!(relay.login, Some(("u".to_owned(), Secret::new("hush"))));
}

#[test]
fn a_missing_file_says_how_to_get_one() {
    let sources = Sources {
        file: Some(PathBuf::from("/nowhere/maildesk.toml")),
        ..Sources::default()
    };
    let problem = Config::load(sources)
        .expect_err("there is no file")
        .to_string();
    assert!(
        problem.starts_with("/nowhere/maildesk.toml: cannot read"),
        "{problem}"
    );
    assert!(problem.contains("maildesk init"), "{problem}");
}

#[test]
fn without_a_base_url_the_bound_address_is_one() {
    let web = parse("data = \"/d\"").expect("a configuration").web;
    let bound = "0.0.0.0:8123".parse().expect("an address");
    assert_eq!(web.base_url(bound).to_string(), "http://127.0.0.1:8123");
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "(?s).{0,400}") {
        if let Err(problem) = parse(&text) {
            prop_assert!(!problem.to_string().contains('\n'));
        }
    }

    /// Near misses of the real thing reach further into the parser than noise does.
    #[test]
    fn no_damage_to_the_example_breaks_the_parser(
        at in 0..EXAMPLE.len(), length in 0..40usize, put in "[a-z\"=\\[\\]\\.#\n 0-9']{0,6}"
    ) {
        let mut bytes = EXAMPLE.replace('#', "").into_bytes();
        let start = at.min(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.bytes());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Err(problem) = parse(&text) {
            let line = problem.to_string();
            prop_assert!(!line.contains('\n') && line.starts_with("/etc/maildesk.toml"), "{}", line);
        }
    }

    #[test]
    fn any_text_survives_the_annotated_copy(name in "[^\0]{1,60}") {
        let written = annotated(&[("outgoing.mode", text("relay")), ("outgoing.relay.host", text("r")),
            ("outgoing.relay.user", text(&name)), ("outgoing.relay.password", text(&name))]);
        let Outgoing::Relay(relay) = parse(&written)?.outgoing else { panic!("the mode is relay") };
        prop_assert_eq!(relay.login, Some((name.clone(), Secret::new(name))));
    }
}
