//! Real programs as the other side. Each test is left out, with a message, where its program is not
//! installed; where CI is set, that is a failure.

mod postfix;
mod python;
mod relaying;
mod swaks;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::run;

/// Runs a script of this directory; its answer is JSON.
fn python(script: &str, arguments: &[&str]) -> Value {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/peers");
    let mut command = Command::new("python3");
    let answer = run(command.arg(directory.join(script)).args(arguments));
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}
