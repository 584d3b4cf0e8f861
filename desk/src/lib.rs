//! Tickets and all their rules: what arrives, who answers, what leaves.
//!
//! This crate opens no socket, reads no clock and draws no random number: every change is given a
//! [`Moment`]. It knows `storage` and nobody else.
#![forbid(unsafe_code)]

pub mod address;
pub mod agent;
pub mod authz;
pub mod change;
pub mod db;
pub mod department;
pub mod email;
pub mod fsck;
pub mod ids;
pub mod intake;
pub mod journal;
pub mod letter;
pub mod mail;
pub mod moment;
pub mod outbox;
pub mod party;
pub mod password;
pub mod present;
pub mod problem;
pub mod queue;
pub mod session;
pub mod sign;
pub mod ticket;
pub mod user;

#[cfg(test)]
pub(crate) mod testing;

pub use address::{Address, AddressForm};
pub use agent::{Agent, AgentForm};
pub use db::Desk;
pub use department::{Department, DepartmentForm};
pub use email::EmailAddress;
pub use ids::{AddressId, AgentId, DepartmentId, JournalId, LetterId, TicketId, UserId};
pub use moment::{Moment, Random};
pub use party::{Collaborator, Party};
pub use problem::Problem;
pub use storage::Content;
pub use ticket::{Entry, EntryBody, Ticket, TicketNumber};
