//! What is wrong on the command line, in the configuration and on the disk is one line each, with
//! the remedy and the exit code of sysexits(3).

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;

use crate::program::{Here, text};

#[test]
fn bad_usage_exits_64() {
    let here = Here::new();
    for (words, part) in [
        (&[][..], "maildesk --help"),
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'"),
        (&["serve", "--confg", "x"], "'--config'"),
        (&["deliver"], "--to <ADDR>"),
        (&["deliver", "--to", "nobody"], "--to \"nobody\""),
        (&["demo", "--smtp", "here"], "write address and port"),
        (
            &["store", "copy", "--to", "mysql"],
            "possible values: sled, redb",
        ),
        (&["init", "--data", "d"], "--email"),
    ] {
        let line = here.call(words).refused(64);
        assert!(line.contains(part), "{words:?} says {line}");
    }
}

#[test]
fn help_and_version_exit_0() {
    let here = Here::new();
    assert!(here.call(&["--help"]).well().contains("deliver"));
    assert!(here.call(&["demo", "--help"]).well().contains("--password"));
    assert!(here.call(&["--version"]).well().starts_with("maildesk "));
}

#[test]
fn a_bad_configuration_exits_78_with_its_line() {
    let here = Here::new();
    std::fs::write(here.path("c.toml"), "data = \"d\"\n\n[smtp]\nlisen = 25\n").expect("a file");
    let line = here.call(&["serve", "--config", "c.toml"]).refused(78);
    assert!(
        line.contains("c.toml:4: unknown key smtp.lisen; did you mean smtp.listen?"),
        "{line}"
    );
    let line = here.call(&["serve", "--config", "absent.toml"]).refused(78);
    assert!(
        line.contains("absent.toml: cannot read") && line.contains("maildesk init"),
        "{line}"
    );
    let line = here.call(&["serve"]).refused(78);
    assert!(
        line.contains("no configuration was found; run `maildesk init`"),
        "{line}"
    );
    let mut command = here.command(&["serve", "--data", "d"]);
    command.env("MAILDESK_SMTP_LISTEN", "everywhere");
    let line = crate::program::finish(command, b"").refused(78);
    assert!(
        line.contains("environment variable MAILDESK_SMTP_LISTEN: "),
        "{line}"
    );
}

#[test]
fn a_port_in_use_exits_69_and_leaves_the_desk_closed() {
    let here = Here::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    for (smtp, web) in [
        (taken.as_str(), "127.0.0.1:0"),
        ("127.0.0.1:0", taken.as_str()),
    ] {
        let words = ["demo", "--data", "d", "--smtp", smtp, "--web", web];
        let line = here.call(&words).refused(69);
        assert!(
            line.contains(&taken) && line.contains("in use by another program"),
            "{line}"
        );
    }
    here.call(&["fsck", "--data", "d"]).well();
}

#[test]
fn a_data_directory_that_cannot_be_one_is_told_apart() {
    let here = Here::new();
    std::fs::write(here.path("file"), "x").expect("a file");
    let line = here.call(&["tickets", "--data", "file"]).refused(65);
    assert!(line.contains("is not a directory"), "{line}");
    let line = here.call(&["tickets", "--data", "absent"]).refused(65);
    assert!(line.contains("absent holds no store"), "{line}");
    assert!(
        !here.path("absent").exists(),
        "a question makes no directory"
    );
    std::fs::create_dir(here.path("full")).expect("a directory");
    std::fs::write(here.path("full/thesis.odt"), "x").expect("a file");
    let line = here.call(&["demo", "--data", "full"]).refused(65);
    assert!(line.contains("holds other files and no desk"), "{line}");
}

#[test]
fn a_data_directory_of_a_newer_version_exits_78() {
    let here = Here::new();
    here.desk("sled");
    let marker = here.path("d/engine");
    let written = std::fs::read_to_string(&marker).expect("the marker");
    std::fs::write(&marker, written.replace('1', "99")).expect("the marker");
    let line = here.call(&["tickets", "--data", "d"]).refused(78);
    assert!(
        line.contains("version 99") && line.contains("use a newer maildesk"),
        "{line}"
    );
}

#[test]
fn another_engine_than_the_stores_exits_78() {
    let here = Here::new();
    here.desk("redb");
    let mut command = here.command(&["tickets", "--data", "d"]);
    command.env("MAILDESK_ENGINE", "sled");
    let line = crate::program::finish(command, b"").refused(78);
    assert!(line.contains("store copy --to sled"), "{line}");
}

#[test]
fn a_directory_that_may_not_be_written_exits_77() {
    let here = Here::new();
    let closed = here.path("closed");
    std::fs::create_dir(&closed).expect("a directory");
    let mode = |mode| std::fs::set_permissions(here.path(""), PermissionsExt::from_mode(mode));
    mode(0o755).expect("permissions");
    let mut command = here.command(&["demo", "--data", text(&closed)]);
    if std::fs::metadata(&closed).expect("a directory").uid() == 0 {
        // Modes do not hold for root, so the program runs as nobody, if nobody may start it.
        command.uid(65534).gid(65534);
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_maildesk"));
        let closed_to_others = |above: &std::path::Path| {
            let found = std::fs::metadata(above).expect("a directory");
            found.permissions().mode() & 0o001 == 0
        };
        if program.ancestors().any(closed_to_others) {
            return;
        }
    } else {
        std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o555)).expect("permissions");
    }
    let line = crate::program::finish(command, b"").refused(77);
    assert!(
        line.contains("closed") && line.contains("owner or mode"),
        "{line}"
    );
}

#[test]
fn init_writes_nothing_when_a_flag_is_wrong() {
    let here = Here::new();
    let words = ["init", "--data", "d", "--email", "ann@staff.example"];
    let wrong = ["--base-url", "desk.example"];
    let line = here.call(&[&words[..], &wrong[..]].concat()).refused(78);
    assert!(line.contains("web.base_url does not begin with"), "{line}");
    let line = here
        .call(&["init", "--data", "d", "--email", "ann"])
        .refused(65);
    assert!(line.contains("a mail address looks like"), "{line}");
    assert!(!here.path("maildesk.toml").exists());
    here.call(&words).well();
    let line = here.call(&words).refused(78);
    assert!(line.contains("maildesk.toml exists already"), "{line}");
}

#[test]
fn a_file_that_cannot_be_inspected_exits_65() {
    let here = Here::new();
    let absent = here.path("absent.eml");
    let line = here.call(&["inspect", text(&absent)]).refused(65);
    assert!(line.contains("absent.eml"), "{line}");
    let line = here.call(&["inspect", "."]).refused(65);
    assert!(line.contains("is a directory"), "{line}");
}
