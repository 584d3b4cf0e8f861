//! Every directory of `tests/mail/` is a dialogue with a fresh desk: `readme` says what is odd about
//! it, `desk` (if there) what happened before, `dialogue` what is said, `expected` what the desk
//! holds afterwards. `script.rs` says how they are written.
//!
//! `DIALOGUE=12 cargo test --test server dialogues` plays one; with `UPDATE=1` what came out is
//! written to `expected`, to be read and agreed with.

mod outcome;
mod play;
mod script;

use std::fs;
use std::path::{Path, PathBuf};

use storage::EngineKind;
use tokio::task::JoinSet;

use crate::harness::{Server, in_runtime};
use play::Player;

#[test]
fn every_dialogue_goes_as_written() {
    let wanted = std::env::var("DIALOGUE").unwrap_or_default();
    let all = directories();
    assert!(all.len() >= 25, "{} dialogues in tests/mail", all.len());
    in_runtime(async {
        let mut playing = JoinSet::new();
        for directory in all
            .into_iter()
            .filter(|path| name(path).starts_with(&wanted))
        {
            for engine in [EngineKind::Sled, EngineKind::Redb] {
                let directory = directory.clone();
                playing.spawn(async move { play(&directory, engine).await });
            }
            while playing.len() >= AT_ONCE {
                playing
                    .join_next()
                    .await
                    .expect("one is playing")
                    .expect("it goes as written");
            }
        }
        playing.join_all().await;
    });
}

const AT_ONCE: usize = 12;

async fn play(directory: &Path, engine: EngineKind) {
    let title = format!("{} on {engine:?}", name(directory));
    assert!(
        !read(directory, "readme").trim().is_empty(),
        "{title}: what is odd about it?"
    );
    let server = Server::start(engine).await;
    let mut player = Player::new(&server, &title);
    for file in ["desk", "dialogue"] {
        if file == "dialogue" || directory.join(file).exists() {
            player.play(file, &read(directory, file)).await;
        }
    }
    drop(player);
    let found = outcome::of(&server).await;
    server.finish().await;
    if std::env::var_os("UPDATE").is_some() {
        fs::write(directory.join("expected"), &found).expect("expected is written");
    }
    let expected = read(directory, "expected");
    assert!(
        found == expected,
        "{title}: expected\n{expected}\nbut the desk holds\n{found}"
    );
}

fn directories() -> Vec<PathBuf> {
    let all = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail"));
    let all = all
        .expect("the dialogues are there")
        .map(|entry| entry.expect("readable").path());
    let mut all: Vec<PathBuf> = all.filter(|path| path.is_dir()).collect();
    all.sort();
    all
}

fn name(directory: &Path) -> String {
    directory
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn read(directory: &Path, file: &str) -> String {
    let path = directory.join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
