//! The program: reads the command line, runs the command, ends with the exit code of sysexits(3)
//! that says what became of it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use maildesk::cli::{self, Parsed};
use maildesk::fault::{Exit, Fault};
use maildesk::{commands, logging, print};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("maildesk: {fault}");
            ExitCode::from(fault.exit.code())
        }
    }
}

fn run() -> Result<(), Fault> {
    let cli = match cli::parse(std::env::args_os())? {
        Parsed::Run(cli) => cli,
        Parsed::Show(text) => return print::line(text.trim_end()),
    };
    if !cli.command.is_server() {
        logging::start(logging::COMMAND);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // A mail nested to the limits is parsed recursively on these threads.
        .thread_stack_size(16 * 1024 * 1024)
        .build()
        .map_err(|error| Fault::new(Exit::Internal, format!("no runtime: {error}")))?;
    runtime.block_on(commands::run(cli.command))
}
