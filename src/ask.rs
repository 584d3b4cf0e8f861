//! Putting a request to the desk: through the control socket when a server runs on its data
//! directory, straight to the store when none does. The answer looks the same.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use config::Config;
use desk::Desk;
use serde_json::Value;
use storage::{OpenError, Options};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::answer::Answerer;
use crate::cli::Which;
use crate::control::{self, Line, Lines, Request};
use crate::fault::Fault;
use crate::inbound::Inbound;
use crate::world::World;
use crate::{server, settings};

/// The rows of an answer as they come, and what stands at its end.
pub enum Answer {
    Server(Lines),
    Store(mpsc::Receiver<Line>),
}

impl Answer {
    pub async fn next(&mut self) -> Result<Line, Fault> {
        match self {
            Answer::Server(lines) => lines.next().await,
            Answer::Store(lines) => lines
                .recv()
                .await
                .ok_or_else(|| Fault::temporary("the store was closed early; try again")),
        }
    }

    /// Calls `row` for each row and returns the end.
    pub async fn each(
        &mut self,
        mut row: impl FnMut(Value) -> Result<(), Fault>,
    ) -> Result<Value, Fault> {
        loop {
            match self.next().await? {
                Line::Row(value) => row(value)?,
                Line::Done(value) => return Ok(value),
                Line::Fault { exit, line } => return Err(Line::fault(exit, line)),
            }
        }
    }
}

pub async fn ask(which: &Which, request: Request) -> Result<Answer, Fault> {
    ask_with(which, request, tokio::io::empty()).await
}

/// The same with the message that a deliver request is about.
pub async fn ask_with<R>(which: &Which, request: Request, message: R) -> Result<Answer, Fault>
where
    R: tokio::io::AsyncRead + Unpin + Send + 'static,
{
    match reach(which).await? {
        Reached::Server(stream) => {
            let mut lines = Lines::ask(stream, &request).await?;
            send(&mut lines, message).await?;
            Ok(Answer::Server(lines))
        }
        Reached::Store(answerer) => Ok(from_store(answerer, request, message)),
    }
}

enum Reached {
    Server(UnixStream),
    Store(Answerer),
}

/// Whoever holds the store is often another command that is done in a moment, or a server that
/// answers in a moment; so a locked store is looked at again for a while.
async fn reach(which: &Which) -> Result<Reached, Fault> {
    let data = settings::data_dir(which)?;
    let begun = Instant::now();
    loop {
        if let Some(stream) = control::connect(&data).await? {
            return Ok(Reached::Server(stream));
        }
        let config = settings::for_store(which)?;
        let world = World::real();
        match open(&data, &config, &world).await {
            Ok(desk) => {
                let hold = config.outgoing == config::Outgoing::Hold;
                let inbound = Arc::new(Inbound {
                    desk,
                    world,
                    hostname: config.hostname,
                    max_size: config.smtp.max_size,
                });
                return Ok(Reached::Store(Answerer::new(inbound, hold)));
            }
            Err(OpenError::Locked { .. }) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A server that has read enough to refuse stops listening; its answer says why.
async fn send<R>(lines: &mut Lines, mut message: R) -> Result<(), Fault>
where
    R: tokio::io::AsyncRead + Unpin,
{
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = message.read(&mut buffer).await;
        let read = read.map_err(|error| Fault::input(format!("the message broke off: {error}")))?;
        if read == 0 || lines.write(&buffer[..read]).await.is_err() {
            return Ok(());
        }
    }
}

fn from_store<R>(answerer: Answerer, request: Request, mut message: R) -> Answer
where
    R: tokio::io::AsyncRead + Unpin + Send + 'static,
{
    let (out, lines) = mpsc::channel(16);
    tokio::spawn(async move {
        let last = answerer.answer(request, &mut message, &out).await;
        // Closed before the last line is told, so that who reads it finds the lock free.
        answerer.close().await;
        drop(out.send(last.map_or_else(Line::from, Line::Done)).await);
    });
    Answer::Store(lines)
}

async fn open(data: &Path, config: &Config, world: &World) -> Result<Desk, OpenError> {
    let options = Options {
        engine: settings::engine(config.engine),
        create: false,
        ..Options::default()
    };
    server::open_with(data, options, world).await
}

const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
