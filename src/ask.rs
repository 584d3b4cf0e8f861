//! Putting a request to the desk: through the control socket when a server runs on its data
//! directory, straight to the store when none does. The answer looks the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::Config;
use desk::Desk;
use serde_json::Value;
use storage::{Options, Store};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::answer::Answerer;
use crate::cli::Which;
use crate::control::{self, Line, Lines, Request};
use crate::fault::Fault;
use crate::inbound::Inbound;
use crate::settings;
use crate::world::World;

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
    let data = settings::data_dir(which)?;
    match control::connect(&data).await? {
        Some(stream) => {
            let mut lines = Lines::ask(stream, &request).await?;
            send(&mut lines, message).await?;
            Ok(Answer::Server(lines))
        }
        None => from_store(which, data, request, message).await,
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

async fn from_store<R>(
    which: &Which,
    data: PathBuf,
    request: Request,
    mut message: R,
) -> Result<Answer, Fault>
where
    R: tokio::io::AsyncRead + Unpin + Send + 'static,
{
    let config = settings::for_store(which)?;
    let world = World::real();
    let desk = open(&data, &config, &world).await?;
    let answerer = Answerer::new(
        Arc::new(Inbound {
            desk: desk.clone(),
            world,
            hostname: config.hostname,
            max_size: config.smtp.max_size,
        }),
        config.outgoing == config::Outgoing::Hold,
    );
    let (out, lines) = mpsc::channel(16);
    tokio::spawn(async move {
        let last = answerer.answer(request, &mut message, &out).await;
        // Closed before the last line is told, so that who reads it finds the lock free.
        desk.store().clone().close().await;
        drop(out.send(last.map_or_else(Line::from, Line::Done)).await);
    });
    Ok(Answer::Store(lines))
}

async fn open(data: &Path, config: &Config, world: &World) -> Result<Desk, Fault> {
    let options = Options {
        engine: settings::engine(config.engine),
        create: false,
        ..Options::default()
    };
    let dir = data.to_owned();
    let store = tokio::task::spawn_blocking(move || Store::open(&dir, &options))
        .await
        .map_err(|error| Fault::new(crate::fault::Exit::Internal, error.to_string()))??;
    Ok(Desk::open(store, &world.moment()).await?)
}
