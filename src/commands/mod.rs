//! One file for each command.

mod deliver;
mod demo;
mod first_admin;
mod fsck;
mod init;
mod inspect;
mod journal;
mod outbox;
mod serve;
mod store_copy;
mod ticket;
mod tickets;

use crate::cli::{Command, StoreCommand};
use crate::fault::Fault;

pub async fn run(command: Command) -> Result<(), Fault> {
    match command {
        Command::Demo(demo) => demo::run(demo).await,
        Command::Serve(which) => serve::run(which).await,
        Command::Init(init) => init::run(init).await,
        Command::Inspect(inspect) => inspect::run(inspect).await,
        Command::Deliver(deliver) => deliver::run(deliver).await,
        Command::Tickets(listing) => tickets::run(listing).await,
        Command::Ticket(one) => ticket::run(one).await,
        Command::Outbox(listing) => outbox::run(listing).await,
        Command::Journal(listing) => journal::run(listing).await,
        Command::Fsck(listing) => fsck::run(listing).await,
        Command::Store(StoreCommand::Copy(copy)) => store_copy::run(copy).await,
    }
}
