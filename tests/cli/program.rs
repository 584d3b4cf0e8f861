//! Calling the program.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// What a call said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.well()).expect("JSON on standard output")
    }

    /// The one line of an error, after checking that it is one.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        let line = self.err.strip_suffix('\n').unwrap_or(&self.err).to_owned();
        assert!(
            line.starts_with("maildesk: ") && !line.contains('\n'),
            "{self:?}"
        );
        line
    }
}

/// A directory to call the program in. No variable and no file of the machine reaches it.
pub struct Here {
    directory: TempDir,
}

impl Here {
    pub fn new() -> Here {
        Here {
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maildesk"));
        command.args(words).current_dir(self.directory.path());
        for (name, _) in std::env::vars_os() {
            let ours = name.to_string_lossy().starts_with("MAILDESK_") || name == "SENDER";
            if ours {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn call(&self, words: &[&str]) -> Said {
        self.call_with(words, b"")
    }

    pub fn call_with(&self, words: &[&str], input: &[u8]) -> Said {
        finish(self.command(words), input)
    }

    /// A desk in `d` with one address, made without a server.
    pub fn desk(&self, engine: &str) -> &Here {
        let words = [
            "init",
            "--data",
            "d",
            "--engine",
            engine,
            "--email",
            "ann@staff.example",
        ];
        let more = [
            "--hostname",
            "desk.example",
            "--address",
            "support@desk.example",
        ];
        self.call(&[&words[..], &more[..]].concat()).well();
        self
    }

    pub fn deliver(&self, subject: &str) -> Said {
        let mail = format!(
            "From: Cleo <cleo@c.example>\r\nTo: support@desk.example\r\n\
             Message-ID: <{}@c.example>\r\nSubject: {subject}\r\n\r\nHello.\r\n",
            subject.replace(' ', ".")
        );
        let words = ["deliver", "--to", "support@desk.example", "--data", "d"];
        self.call_with(&words, mail.as_bytes())
    }

    /// A trial desk in `d`, on ports of its own choosing.
    pub fn demo(&self) -> Server {
        let words = [
            "demo",
            "--data",
            "d",
            "--smtp",
            "127.0.0.1:0",
            "--web",
            "127.0.0.1:0",
        ];
        Server::start(self.command(&[&words[..], &["--password", "correct horse"]].concat()))
    }
}

pub fn finish(mut command: Command, input: &[u8]) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that ends without reading all of it breaks the pipe, which is its right.
    drop(child.stdin.take().expect("a pipe").write_all(input));
    let output = child.wait_with_output().expect("the program ends");
    Said {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A server in the background, ended with the test.
pub struct Server {
    child: Child,
    /// Holds what it says and logs.
    files: TempDir,
    pub out: Vec<String>,
}

impl Server {
    /// Returns when the server has said where it can be reached.
    pub fn start(mut command: Command) -> Server {
        let files = tempfile::tempdir().expect("a directory");
        let file = |name| std::fs::File::create(files.path().join(name)).expect("a file");
        let child = command
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("log"))
            .spawn()
            .expect("the program starts");
        let mut server = Server {
            child,
            files,
            out: Vec::new(),
        };
        // This line of the log comes last, when everything is bound and said.
        let begun = Instant::now();
        while !server.log().contains("serving pages") {
            assert!(!server.has_ended(), "the server ended: {}", server.log());
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{}",
                server.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        server.out = server.read("out").lines().map(str::to_owned).collect();
        server
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Asks it to stop as a service manager does.
    pub fn signal(&self) {
        let kill = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("kill runs").success());
    }

    pub fn stop(mut self) -> (ExitStatus, String) {
        self.signal();
        let status = self.child.wait().expect("the server ends");
        (status, self.log())
    }

    /// As a power cut does, for the processes' part of it.
    pub fn kill(mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server ends");
    }

    fn log(&self) -> String {
        self.read("log")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.files.path().join(name)).expect("text")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in text")
}
