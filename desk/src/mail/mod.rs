//! Understanding and making of mail: pure functions over bytes. What must hold: no store, no clock,
//! no network in here; any bytes are read into a [`Mail`] without error or panic, in time linear in
//! their number and with flat memory; whatever [`compose`](compose()) makes, [`read`](read()) reads back.
//!
//! Reading goes `scan` (where the parts are) → `fields` (the header) → `body` (the readable text) →
//! `attachment` → `kind` and `report` (who or what wrote this) → `split` (what is new in it).
//! The page of steps is `read.rs`.

pub mod attachment;
mod body;
mod clean;
pub mod compose;
pub mod decode;
mod encoded_words;
mod fields;
mod flowed;
pub mod html;
pub mod kind;
pub mod linkify;
pub mod markup;
mod message_id;
mod model;
mod parser;
mod present;
mod read;
mod report;
mod scan;
pub mod split;

pub use attachment::Attachment;
pub use compose::compose;
pub use decode::Encoding;
pub use kind::Kind;
pub use message_id::{BadMessageId, MessageId};
pub use model::{Address, Complaint, FailedRecipient, Mail, Marks, Reply};
pub use read::read;

#[cfg(test)]
mod tests;
