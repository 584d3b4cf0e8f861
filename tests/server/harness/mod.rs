//! A maildesk to test: in this process with a clock turned by hand, or as the built program.

mod clock;
mod courier;
mod desk;
mod load;
mod mail;
mod process;
mod program;
mod server;
mod sink;
mod wire;

pub use clock::HandClock;
pub use courier::{Keeping, header};
pub use desk::{People, answer, contents, furnish};
pub use load::{Shuffle, load};
pub use mail::{Mail, sha256};
pub use process::{Memory, is_missing, limit_files, run, skip};
pub use program::Program;
pub use server::Server;
pub use sink::Sink;
pub use wire::Client;

use std::future::Future;

pub const SUPPORT: &str = "support@desk.example";
pub const SALES: &str = "sales@desk.example";

/// Runs a test on a runtime like the program's own.
pub fn in_runtime<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(4)
        .thread_stack_size(16 * 1024 * 1024)
        .build()
        .expect("a runtime")
        .block_on(test)
}
