//! `maildesk init`: writes the annotated configuration and makes the first admin. What flags do
//! not say is asked on a terminal; without one, what has no good default is an error.

use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use config::{Config, Value, annotated, system_hostname};

use super::first_admin::{FirstAdmin, department};
use crate::cli::Init;
use crate::fault::{Exit, Fault};
use crate::world::World;
use crate::{print, server};

pub async fn run(init: Init) -> Result<(), Fault> {
    refuse_existing(&init.config)?;
    let answers = Answers::collect(&init)?;
    let text = annotated(&answers.settings(&init));
    let config = check(&text, &init.config)?;
    let world = World::real();
    let made_up = init.password.is_none();
    let password = init.password.clone().unwrap_or_else(|| world.password());
    let desk = server::open(&config, &world).await?;
    let made = make(&desk, &world, &init, &answers, &password).await;
    desk.store().clone().close().await;
    made?;
    write(&init.config, &text)?;
    tell(&init, &config, &answers, made_up.then_some(&password))
}

struct Answers {
    data: String,
    hostname: String,
    email: String,
    login: String,
}

impl Answers {
    fn collect(init: &Init) -> Result<Answers, Fault> {
        let data = init.data.as_ref().map(|data| data.display().to_string());
        let data = ask(
            "Where shall tickets and mails be kept",
            data,
            Some("/var/lib/maildesk"),
        )?;
        let hostname = system_hostname();
        let name = "The name this server greets other mail servers with";
        let hostname = ask(name, init.hostname.clone(), Some(&hostname))?;
        let email = ask(
            "The first admin's mail address (--email)",
            init.email.clone(),
            None,
        )?;
        let before = email.split('@').next().unwrap_or_default().to_owned();
        let login = ask(
            "The first admin's login name",
            init.login.clone(),
            Some(&before),
        )?;
        Ok(Answers {
            data,
            hostname,
            email,
            login,
        })
    }

    fn settings(&self, init: &Init) -> Vec<(&'static str, Value)> {
        let mut settings = vec![
            ("data", Value::Text(self.data.clone())),
            ("hostname", Value::Text(self.hostname.clone())),
        ];
        if let Some(engine) = &init.engine {
            settings.push(("engine", Value::Text(engine.clone())));
        }
        if let Some(smtp) = init.smtp {
            settings.push(("smtp.listen", Value::List(vec![smtp.to_string()])));
        }
        if let Some(web) = init.web {
            settings.push(("web.listen", Value::Text(web.to_string())));
        }
        if let Some(url) = &init.base_url {
            settings.push(("web.base_url", Value::Text(url.clone())));
        }
        settings
    }
}

/// The flag's value, else what is typed, else the default.
fn ask(question: &str, flag: Option<String>, default: Option<&str>) -> Result<String, Fault> {
    if let Some(flag) = flag {
        return Ok(flag);
    }
    if !io::stdin().is_terminal() {
        let missing = || Fault::usage(format!("{question} is missing; `maildesk init --help`"));
        return default.map(str::to_owned).ok_or_else(missing);
    }
    loop {
        let shown = default
            .map(|default| format!(" [{default}]"))
            .unwrap_or_default();
        eprint!("{question}{shown}: ");
        let mut typed = String::new();
        let read = io::stdin().lock().read_line(&mut typed);
        let read = read.map_err(|error| Fault::input(format!("the terminal: {error}")))?;
        match (typed.trim(), default) {
            ("", _) if read == 0 => return Err(Fault::input("nothing was written")),
            ("", Some(default)) => return Ok(default.to_owned()),
            ("", None) => {}
            (typed, _) => return Ok(typed.to_owned()),
        }
    }
}

fn refuse_existing(path: &Path) -> Result<(), Fault> {
    if path.exists() {
        let line = "exists already; name another with --config FILE, or remove it";
        return Err(Fault::configuration(format!("{} {line}", path.display())));
    }
    Ok(())
}

/// What is about to be written is read back first, so that a wrong flag writes nothing. A
/// relative data directory counts from the file, as it will when the server reads it.
fn check(text: &str, path: &Path) -> Result<Config, Fault> {
    Ok(Config::parse(text, path)?)
}

async fn make(
    desk: &desk::Desk,
    world: &World,
    init: &Init,
    answers: &Answers,
    password: &str,
) -> Result<(), Fault> {
    let moment = world.moment();
    let admin = FirstAdmin {
        login: &answers.login,
        name: init.name.as_deref().unwrap_or(&answers.login),
        email: &answers.email,
        password,
    };
    let admin = admin.make(desk, &moment).await?;
    if let Some(address) = &init.address {
        department(desk, &moment, &admin, "Support", address).await?;
    }
    Ok(())
}

/// It may come to hold a relay's password, so others cannot read it.
fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o640).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let line = format!(
            "{}: {error}; name another with --config FILE",
            path.display()
        );
        Fault::new(Exit::NoPermission, line)
    })
}

fn tell(
    init: &Init,
    config: &Config,
    answers: &Answers,
    made_up: Option<&String>,
) -> Result<(), Fault> {
    print::line(&format!(
        "{} is written; the desk is in {}.",
        init.config.display(),
        config.data.display()
    ))?;
    print::line(&match made_up {
        Some(password) => format!(
            "The first admin is {}, with the password {password}",
            answers.login
        ),
        None => format!(
            "The first admin is {}, with the password you gave.",
            answers.login
        ),
    })?;
    if init.address.is_none() {
        print::line("No address takes mail yet: add one on the page Admin, Addresses.")?;
    }
    print::line(&format!(
        "Start it with: maildesk serve --config {}",
        init.config.display()
    ))
}
