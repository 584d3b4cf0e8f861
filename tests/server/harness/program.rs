//! The built program, serving a desk that the test made.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use desk::Desk;
use maildesk::server;
use maildesk::world::World;
use storage::{EngineKind, Options};

use super::furnish;

pub struct Program {
    child: Child,
    pub smtp: SocketAddr,
}

impl Program {
    /// Opens the store of a data directory in this process, while no program runs on it.
    pub async fn open(data: &Path, engine: EngineKind) -> Desk {
        let options = Options {
            engine: Some(engine),
            ..Options::default()
        };
        let opened = server::open_with(data, options, &World::real()).await;
        opened.unwrap_or_else(|fault| panic!("the desk does not open: {fault}"))
    }

    /// Makes an empty desk with support@ and sales@.
    pub async fn make(data: &Path, engine: EngineKind) {
        let desk = Program::open(data, engine).await;
        furnish(&desk, &World::real().moment()).await;
        desk.store().clone().close().await;
    }

    /// `maildesk serve` on a port of its own; `outgoing` is TOML for that table.
    pub fn serve(data: &Path, outgoing: &str) -> Program {
        let [config, log] = ["toml", "log"].map(|extension| data.with_extension(extension));
        let text = format!(
            "data = {data:?}\nhostname = \"desk.example\"\n\
             [smtp]\nlisten = [\"127.0.0.1:0\"]\ntrusted_networks = [\"127.0.0.0/8\"]\n\
             [web]\nlisten = \"127.0.0.1:0\"\n[outgoing]\n{outgoing}\n"
        );
        std::fs::write(&config, text).expect("a configuration");
        let child = Command::new(env!("CARGO_BIN_EXE_maildesk"))
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .env("MAILDESK_LOG", "maildesk=info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("the program starts");
        Program::reached(child, &log)
    }

    /// Waits until it has said where it listens.
    fn reached(mut child: Child, log: &PathBuf) -> Program {
        let begun = Instant::now();
        loop {
            let said = std::fs::read_to_string(log).expect("the log");
            let taking = said.lines().find(|line| line.contains("taking mail"));
            let address = taking.and_then(|line| line.split("address=").nth(1));
            let address = address.and_then(|rest| rest.split_whitespace().next());
            if let Some(address) = address.filter(|_| said.contains("serving pages")) {
                let smtp = address.parse().expect("an address");
                return Program { child, smtp };
            }
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none(), "the program ended: {said}");
            assert!(begun.elapsed() < Duration::from_secs(60), "{said}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing of it runs any more when this returns.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM, as a service manager does.
    pub fn stop(mut self) {
        let kill = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("kill runs").success());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
