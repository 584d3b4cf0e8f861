//! `maildesk demo`: a trial desk that works at once, sends nothing, and says what to try.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use config::{Config, Outgoing, Smtp, Web};
use desk::{Agent, AgentForm, Desk};
use tempfile::TempDir;

use super::first_admin::{FirstAdmin, department};
use super::serve::{log, until_stopped};
use crate::cli::Demo;
use crate::fault::{Exit, Fault};
use crate::outbound::Outbound;
use crate::server::{self, Running};
use crate::signals::Signals;
use crate::world::World;
use crate::{logging, print};

pub async fn run(demo: Demo) -> Result<(), Fault> {
    logging::start(logging::SERVER);
    let signals = Signals::catch()?;
    let place = Place::of(demo.data.as_deref())?;
    let config = configuration(&demo, place.path())?;
    let world = World::real();
    let desk = server::open(&config, &world).await?;
    let store = desk.store().clone();
    match serve(&demo, &config, desk, world, place.path()).await {
        Ok(running) => until_stopped(running, signals).await,
        Err(fault) => {
            store.close().await;
            Err(fault)
        }
    }
    // A directory of our own goes away with `place`, after the store has closed.
}

async fn serve(
    demo: &Demo,
    config: &Config,
    desk: Desk,
    world: World,
    data: &Path,
) -> Result<Running, Fault> {
    let passwords = furnish(&desk, &world, demo.password.as_deref()).await?;
    let running = server::start::<Outbound>(config, desk, world, None).await?;
    for line in what_to_try(&running, passwords.as_deref(), data) {
        print::line(&line)?;
    }
    log(config, &running);
    Ok(running)
}

/// Where the desk lies.
enum Place {
    Given(PathBuf),
    Own(TempDir),
}

impl Place {
    fn of(given: Option<&Path>) -> Result<Place, Fault> {
        let Some(given) = given else {
            let own = tempfile::Builder::new().prefix("maildesk-demo-").tempdir();
            return own.map(Place::Own).map_err(|error| {
                let line = format!("no directory can be made: {error}; give one with --data DIR");
                Fault::new(Exit::NoPermission, line)
            });
        };
        refuse_foreign(given)?;
        Ok(Place::Given(given.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Place::Given(path) => path,
            Place::Own(own) => own.path(),
        }
    }
}

/// A directory with something else in it was named by mistake.
fn refuse_foreign(given: &Path) -> Result<(), Fault> {
    let Ok(mut entries) = std::fs::read_dir(given) else {
        // Absent, or unreadable, which the store says better.
        return Ok(());
    };
    if entries.next().is_none() || given.join("engine").exists() || given.join("lock").exists() {
        return Ok(());
    }
    let line = "holds other files and no desk; give an empty directory with --data DIR";
    Err(Fault::input(format!("{} {line}", given.display())))
}

fn configuration(demo: &Demo, data: &Path) -> Result<Config, Fault> {
    let networks = ["127.0.0.0/8".parse(), "::1".parse()];
    let networks = networks.into_iter().collect::<Result<Vec<_>, _>>();
    Ok(Config {
        data: data.to_owned(),
        engine: None,
        hostname: "desk.example".to_owned(),
        smtp: Smtp {
            listen: vec![demo.smtp],
            max_size: 64 << 20,
            trusted_networks: networks.map_err(Fault::configuration)?,
            tls: None,
        },
        web: Web {
            listen: demo.web,
            base_url: None,
        },
        outgoing: Outgoing::Hold,
    })
}

/// Fills an empty desk. Returns the password of both agents when it is known.
async fn furnish(
    desk: &Desk,
    world: &World,
    password: Option<&str>,
) -> Result<Option<String>, Fault> {
    if desk.any_agent().await? {
        if let Some(password) = password {
            set_passwords(desk, world, password).await?;
        }
        return Ok(password.map(str::to_owned));
    }
    let password = password.map_or_else(|| world.password(), str::to_owned);
    let moment = world.moment();
    let ada = FirstAdmin {
        login: "ada",
        name: "Ada",
        email: "ada@staff.example",
        password: &password,
    };
    let ada = ada.make(desk, &moment).await?;
    let support = department(desk, &moment, &ada, "Support", "support@desk.example").await?;
    let sales = department(desk, &moment, &ada, "Sales", "sales@desk.example").await?;
    let ben = AgentForm {
        login: "ben".to_owned(),
        name: "Ben".to_owned(),
        email: "ben@staff.example".to_owned(),
        departments: vec![support, sales],
        active: true,
        password: Some(password.clone()),
        ..AgentForm::default()
    };
    desk.save_agent(&moment, &ada, &ben).await?;
    Ok(Some(password))
}

/// A desk of an earlier demo whose password somebody wants to know again.
async fn set_passwords(desk: &Desk, world: &World, password: &str) -> Result<(), Fault> {
    let Some(ada) = desk.agent_by_login("ada").await?.filter(|ada| ada.admin) else {
        return Err(Fault::input(
            "this desk has no admin ada; leave --password out",
        ));
    };
    let mut both = vec![ada.clone()];
    both.extend(desk.agent_by_login("ben").await?);
    for agent in both {
        let form = with_password(&agent, password);
        desk.save_agent(&world.moment(), &ada, &form).await?;
    }
    Ok(())
}

fn with_password(agent: &Agent, password: &str) -> AgentForm {
    AgentForm {
        id: Some(agent.id),
        login: agent.login.clone(),
        name: agent.name.clone(),
        email: agent.email.to_string(),
        admin: agent.admin,
        departments: agent.departments.clone(),
        active: agent.active,
        password: Some(password.to_owned()),
    }
}

/// Lines that stand in by four spaces are commands; each works when it is pasted.
fn what_to_try(running: &Running, password: Option<&str>, data: &Path) -> Vec<String> {
    let smtp = running.smtp.first().copied().unwrap_or(running.web);
    let smtp = reachable(smtp);
    let program = program();
    let data = quoted(&absolute(data).to_string_lossy());
    let password = match password {
        Some(password) => format!("password {password}"),
        None => "with the password this desk was made with (--password sets another)".to_owned(),
    };
    let mail = r"From: Ann <ann@customer.example>\r\nTo: support@desk.example\r\nSubject: Where is my parcel?\r\n\r\nIt was due on Monday.\r\n";
    let late = r"From: Ann <ann@customer.example>\nTo: sales@desk.example\nSubject: A price, please\n\nFor ten.\n";
    [
        "maildesk demo is running. Nothing leaves this machine. Ctrl-C ends it.".to_owned(),
        String::new(),
        format!("Agents work at {}/", running.base_url),
        format!("  log in as ada (admin) or ben (agent), {password}"),
        format!("Mail comes in at {smtp}, for support@desk.example and sales@desk.example"),
        String::new(),
        "Send a mail as a customer, and watch it appear on the page:".to_owned(),
        format!("    swaks --server {} --port {} --from ann@customer.example --to support@desk.example --header 'Subject: The printer is on fire' --body 'Please help.'", smtp.ip(), smtp.port()),
        "The same with curl:".to_owned(),
        format!("    printf '{mail}' | curl --silent --show-error smtp://{smtp} --mail-from ann@customer.example --mail-rcpt support@desk.example --upload-file -"),
        "Hand one in on standard input, as an older mail server does:".to_owned(),
        format!("    printf '{late}' | {program} deliver --to sales@desk.example --data {data}"),
        "See what became of them: the tickets, the letters held back, the journal of all mail:".to_owned(),
        format!("    {program} tickets --data {data}"),
        format!("    {program} outbox --data {data}"),
        format!("    {program} journal --data {data}"),
        "Check that everything in the store fits together:".to_owned(),
        format!("    {program} fsck --data {data}"),
        String::new(),
    ]
    .into()
}

/// What to connect to: a listener on all addresses is reached on this machine's own.
fn reachable(bound: SocketAddr) -> SocketAddr {
    match bound.ip().is_unspecified() {
        true => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), bound.port()),
        false => bound,
    }
}

/// How this program was called: by its name when the shell finds it, else by its path.
fn program() -> String {
    let called = std::env::args_os()
        .next()
        .map(PathBuf::from)
        .unwrap_or_default();
    let by_name = called.components().count() == 1;
    match std::env::current_exe() {
        Ok(path) if !by_name => quoted(&path.to_string_lossy()),
        _ => quoted(&called.to_string_lossy()),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(quoted("/tmp/desk-1"), "/tmp/desk-1");
        assert_eq!(quoted("/tmp/my desk's"), r"'/tmp/my desk'\''s'");
    }

    #[test]
    fn a_directory_with_other_files_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        assert!(refuse_foreign(directory.path()).is_ok());
        assert!(refuse_foreign(&directory.path().join("absent")).is_ok());
        std::fs::write(directory.path().join("thesis.odt"), "x").expect("a file");
        let fault = refuse_foreign(directory.path()).expect_err("it is not ours");
        assert_eq!(fault.exit, Exit::Input);
    }
}
