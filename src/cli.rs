//! The command line as people type it. Names are fixed by the manual; this file only reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::fault::Fault;

#[derive(Debug, Parser)]
#[command(name = "maildesk", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a trial desk that works at once
    Demo(Demo),
    /// Run the server
    Serve(Which),
    /// Write a configuration and make the first admin
    Init(Init),
    /// Show how a message is understood
    Inspect(Inspect),
    /// Take one message from standard input, for alias lines of mail servers
    Deliver(Deliver),
    /// List tickets, the oldest first
    Tickets(Listing),
    /// Show one ticket with its conversation
    Ticket(OneTicket),
    /// List letters on their way out, the newest first
    Outbox(Listing),
    /// List what was offered by SMTP and what became of it, the newest first
    Journal(Listing),
    /// Check that everything in the store fits together
    Fsck(Listing),
    /// Work on the store as a whole
    #[command(subcommand)]
    Store(StoreCommand),
}

impl Command {
    /// Whether it goes on until it is told to stop.
    pub fn is_server(&self) -> bool {
        matches!(self, Command::Demo(_) | Command::Serve(_))
    }
}

/// Which desk is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct Which {
    /// The data directory; wins over MAILDESK_DATA and the configuration
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file; else MAILDESK_CONFIG, ./maildesk.toml, /etc/maildesk/maildesk.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the desk here; without it, it is thrown away at the end
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where mail comes in
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525", value_parser = address)]
    pub smtp: SocketAddr,
    /// Where the pages are
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    pub web: SocketAddr,
    /// The password of ada and ben; made up and printed without it
    #[arg(long, value_name = "P")]
    pub password: Option<String>,
}

#[derive(Debug, Args)]
pub struct Init {
    /// The configuration file to write
    #[arg(long, value_name = "FILE", default_value = "maildesk.toml")]
    pub config: PathBuf,
    /// Where tickets and mails are kept
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The store's engine: sled or redb
    #[arg(long, value_name = "ENGINE", value_parser = ["sled", "redb"])]
    pub engine: Option<String>,
    /// The name this server greets with
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
    /// Where mail comes in
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub smtp: Option<SocketAddr>,
    /// Where the pages are
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub web: Option<SocketAddr>,
    /// The address people type to reach the pages
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// The first admin's mail address
    #[arg(long, value_name = "ADDR")]
    pub email: Option<String>,
    /// The first admin's login name; else what stands before the @
    #[arg(long, value_name = "NAME")]
    pub login: Option<String>,
    /// The first admin's name as customers see it; else the login name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The first admin's password; made up and printed without it
    #[arg(long, value_name = "P")]
    pub password: Option<String>,
    /// A first address that takes mail, in a department "Support"
    #[arg(long, value_name = "ADDR")]
    pub address: Option<String>,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// The message, - for standard input
    #[arg(value_name = "FILE|-")]
    pub file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Deliver {
    /// The address it was sent to; several with several --to
    #[arg(long, value_name = "ADDR", required = true)]
    pub to: Vec<String>,
    /// The envelope sender, <> for none; else SENDER, Return-Path or From of the message
    #[arg(long, value_name = "ADDR")]
    pub from: Option<String>,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Debug, Args)]
pub struct Listing {
    /// As JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Debug, Args)]
pub struct OneTicket {
    pub number: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Move the store to another engine, keeping the old one beside it
    Copy(StoreCopy),
}

#[derive(Debug, Args)]
pub struct StoreCopy {
    /// The engine to move to: sled or redb
    #[arg(long, value_name = "ENGINE", value_parser = ["sled", "redb"])]
    pub to: String,
    #[command(flatten)]
    pub which: Which,
}

/// What parsing a command line leads to.
pub enum Parsed {
    Run(Box<Cli>),
    /// Help or the version was asked for.
    Show(String),
}

pub fn parse<I, T>(words: I) -> Result<Parsed, Fault>
where
    I: IntoIterator<Item = T>,
    T: Into<std::ffi::OsString> + Clone,
{
    match Cli::try_parse_from(words) {
        Ok(cli) => Ok(Parsed::Run(Box::new(cli))),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Parsed::Show(error.to_string()))
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Err(Fault::usage(
                "no command was given; `maildesk --help` lists them, `maildesk demo` tries it out",
            )),
            _ => Err(Fault::usage(one_line(&error.to_string()))),
        },
    }
}

/// clap writes a paragraph for each of problem, tip and usage; problem and tip fit on a line.
fn one_line(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim);
    let told: Vec<String> = paragraphs
        .filter(|paragraph| !paragraph.starts_with("Usage:") && !paragraph.starts_with("For more"))
        .map(|paragraph| paragraph.trim_start_matches("error: ").to_owned())
        .collect();
    format!("{}; `maildesk help` tells more", told.join("; "))
}

/// Address and port; `localhost` is understood, other names are not looked up.
fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric
        .parse()
        .map_err(|_| "write address and port, such as 127.0.0.1:2525".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Exit;

    fn refused(words: &[&str]) -> Fault {
        let words = ["maildesk"].iter().chain(words);
        match parse(words) {
            Err(fault) => fault,
            Ok(_) => panic!("this command line is wrong"),
        }
    }

    #[test]
    fn the_command_tree_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn every_slip_is_one_line_with_exit_64() {
        for words in [
            &["frobnicate"][..],
            &[],
            &["serve", "--confg", "x"],
            &["demo", "--smtp", "here"],
            &["deliver"],
            &["ticket"],
            &["store", "copy", "--to", "mysql"],
        ] {
            let fault = refused(words);
            assert_eq!(fault.exit, Exit::Usage, "{words:?}");
            assert!(
                !fault.line.contains('\n') && fault.line.contains("maildesk"),
                "{fault}"
            );
        }
    }

    #[test]
    fn a_mistyped_flag_is_told_the_right_one() {
        let fault = refused(&["serve", "--confg", "x"]);
        assert!(fault.line.contains("'--config'"), "{fault}");
    }

    #[test]
    fn localhost_is_an_address() {
        assert_eq!(
            address("localhost:25"),
            Ok(SocketAddr::from(([127, 0, 0, 1], 25)))
        );
        assert!(address("localhost").is_err());
    }
}
