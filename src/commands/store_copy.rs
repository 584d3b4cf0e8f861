//! `maildesk store copy --to ENGINE`: the store moves to another engine. The copy is made beside
//! the data directory and takes its place when it is complete; the old one stays beside it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use storage::{EngineKind, Options, Store};

use crate::cli::StoreCopy;
use crate::fault::{Exit, Fault};
use crate::{control, print, settings};

pub async fn run(copy: StoreCopy) -> Result<(), Fault> {
    let to: EngineKind = copy
        .to
        .parse()
        .map_err(|_| Fault::usage(format!("{:?} is no engine; write sled or redb", copy.to)))?;
    let data = settings::data_dir(&copy.which)?;
    let data = data.canonicalize().map_err(|error| {
        Fault::input(format!(
            "{}: {error}; give the data directory with --data DIR",
            data.display()
        ))
    })?;
    if control::connect(&data).await?.is_some() {
        let line = format!("a server runs on {}; stop it, then copy", data.display());
        return Err(Fault::temporary(line));
    }
    let from = open(
        &data,
        Options {
            create: false,
            ..Options::default()
        },
    )
    .await?;
    let copied = Move::new(&data, from.engine(), to)?.run(&from).await;
    from.close().await;
    let (rows, old) = copied?;
    print::line(&format!(
        "{rows} records are kept by {to} in {}; the old store is in {}, remove it when all is well",
        data.display(),
        old.display(),
    ))?;
    print::line(&format!(
        "If the configuration names an engine, write engine = \"{to}\" there."
    ))
}

struct Move {
    data: PathBuf,
    /// Where the copy grows.
    fresh: PathBuf,
    /// Where the old store goes.
    old: PathBuf,
    to: EngineKind,
}

impl Move {
    fn new(data: &Path, from: EngineKind, to: EngineKind) -> Result<Move, Fault> {
        if from == to {
            return Err(Fault::input(format!(
                "the store is kept by {to} already; nothing to do"
            )));
        }
        let beside = |word: String| {
            let name = data.file_name().unwrap_or_default().to_string_lossy();
            data.with_file_name(format!("{name}.{word}"))
        };
        let plan = Move {
            data: data.to_owned(),
            fresh: beside(format!("{to}-copy")),
            old: beside(from.to_string()),
            to,
        };
        for path in [&plan.fresh, &plan.old] {
            if path.exists() {
                let path = path.display();
                return Err(Fault::input(format!(
                    "{path} is left from an earlier copy; move it away or remove it, then copy"
                )));
            }
        }
        Ok(plan)
    }

    /// The old store stays locked throughout, so that no server starts in the middle.
    async fn run(&self, from: &Store) -> Result<(u64, PathBuf), Fault> {
        match self.fill(from).await {
            Ok(rows) => {
                self.swap().map_err(|error| self.broken(&error))?;
                Ok((rows, self.old.clone()))
            }
            Err(fault) => {
                // An incomplete copy is of no use to anybody.
                drop(fs::remove_dir_all(&self.fresh));
                Err(fault)
            }
        }
    }

    async fn fill(&self, from: &Store) -> Result<u64, Fault> {
        fs::create_dir(&self.fresh).map_err(|error| self.broken(&error))?;
        let mode = fs::metadata(&self.data)
            .and_then(|found| fs::set_permissions(&self.fresh, found.permissions()));
        mode.map_err(|error| self.broken(&error))?;
        let options = Options {
            engine: Some(self.to),
            ..Options::default()
        };
        let to = open(&self.fresh, options).await?;
        let copied = storage::copy(from, &to, |_| {}).await;
        to.close().await;
        let rows = copied.map_err(|error| {
            Fault::temporary(format!("the copy failed: {error}; the store is as it was"))
        })?;
        self.copy_rest().map_err(|error| self.broken(&error))?;
        Ok(rows)
    }

    /// What lies in the data directory and is not the store's: the certificate.
    fn copy_rest(&self) -> io::Result<()> {
        let (from, to) = (self.data.join("tls"), self.fresh.join("tls"));
        if !from.exists() {
            return Ok(());
        }
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    }

    fn swap(&self) -> io::Result<()> {
        fs::rename(&self.data, &self.old)?;
        if let Err(error) = fs::rename(&self.fresh, &self.data) {
            fs::rename(&self.old, &self.data)?;
            return Err(error);
        }
        // The names are durable when their directory is.
        File::open(self.data.parent().unwrap_or(Path::new("/")))?.sync_all()
    }

    fn broken(&self, error: &io::Error) -> Fault {
        let line = format!(
            "the copy in {} cannot take the place of {}: {error}; move it there by hand",
            self.fresh.display(),
            self.data.display(),
        );
        Fault::new(Exit::NoPermission, line)
    }
}

async fn open(dir: &Path, options: Options) -> Result<Store, Fault> {
    let dir = dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || Store::open(&dir, &options)).await;
    Ok(opened.map_err(|error| Fault::new(Exit::Internal, error.to_string()))??)
}
