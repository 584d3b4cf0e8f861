//! What the desk says to a request, the same over the control socket and straight from a store.
//! Listings are read a page at a time and told a row at a time, so their length costs nothing.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use desk::{Desk, TicketNumber, present};
use serde_json::{Value, json};
use tokio::io::AsyncRead;
use tokio::sync::mpsc::Sender;
use tokio::time::timeout;

use crate::control::{Delivery, Line, Request};
use crate::fault::Fault;
use crate::inbound::{Inbound, told};
use crate::spool::Spooled;

pub struct Answerer {
    inbound: Arc<Inbound>,
    /// Whether letters are held, which is how the outbox shows them.
    hold: bool,
}

impl Answerer {
    pub fn new(inbound: Arc<Inbound>, hold: bool) -> Answerer {
        Answerer { inbound, hold }
    }

    /// Lets the store go, for who has opened it only to ask.
    pub async fn close(&self) {
        self.desk().store().clone().close().await;
    }

    /// Sends the rows to `out` and returns the end. `body` holds the message of a delivery.
    pub async fn answer<R>(
        &self,
        request: Request,
        body: &mut R,
        out: &Sender<Line>,
    ) -> Result<Value, Fault>
    where
        R: AsyncRead + Unpin + Send,
    {
        match request {
            Request::Tickets {} => self.tickets(out).await,
            Request::Ticket { number } => self.ticket(&number).await,
            Request::Outbox {} => self.outbox(out).await,
            Request::Journal {} => self.journal(out).await,
            Request::Fsck {} => self.fsck(out).await,
            Request::Deliver(delivery) => self.deliver(&delivery, body).await,
        }
    }

    async fn tickets(&self, out: &Sender<Line>) -> Result<Value, Fault> {
        let mut after = None;
        loop {
            let (rows, next) = self.desk().ticket_listing(after).await?;
            tell(out, rows).await?;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(Value::Null),
            }
        }
    }

    async fn ticket(&self, number: &str) -> Result<Value, Fault> {
        let number: TicketNumber = number
            .trim_start_matches('#')
            .parse()
            .map_err(|why| Fault::input(format!("{number:?} is no ticket number: {why}")))?;
        let found = self.desk().ticket_by_number(&number).await?;
        let ticket = found.ok_or_else(|| {
            Fault::input(format!(
                "there is no ticket {number}; `maildesk tickets` lists them"
            ))
        })?;
        Ok(self.desk().whole_ticket(&ticket).await?)
    }

    async fn outbox(&self, out: &Sender<Line>) -> Result<Value, Fault> {
        let mut after = None;
        loop {
            let page = self.desk().letters(after.as_deref(), PAGE).await?;
            let rows = page
                .rows
                .iter()
                .map(|letter| present::letter(letter, self.hold));
            tell(out, rows.collect()).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(Value::Null),
            }
        }
    }

    async fn journal(&self, out: &Sender<Line>) -> Result<Value, Fault> {
        let mut after = None;
        loop {
            let page = self.desk().journal(after.as_deref(), PAGE).await?;
            tell(out, page.rows.iter().map(present::journal_row).collect()).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(Value::Null),
            }
        }
    }

    async fn fsck(&self, out: &Sender<Line>) -> Result<Value, Fault> {
        let found = self.desk().fsck().await?;
        tell(
            out,
            found
                .problems
                .iter()
                .map(|problem| json!(problem))
                .collect(),
        )
        .await?;
        Ok(json!({
            "tickets": found.tickets,
            "entries": found.entries,
            "letters": found.letters,
            "blobs": found.blobs,
        }))
    }

    async fn deliver<R>(&self, delivery: &Delivery, body: &mut R) -> Result<Value, Fault>
    where
        R: AsyncRead + Unpin + Send,
    {
        let most = self.inbound.max_size;
        if delivery.size > most {
            let line = format!(
                "the message has {} bytes and the most taken is {most}",
                delivery.size
            );
            return Err(Fault::input(line));
        }
        let spool = self.desk().store().blobs().spool_dir();
        let reading = timeout(LONGEST_READ, Spooled::read(body, delivery.size, &spool));
        let spooled = reading
            .await
            .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        let message = spooled.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Fault::temporary(error.to_string()),
            _ => Fault::temporary(format!(
                "the message cannot be kept: {error}; check the disk"
            )),
        })?;
        let accepted = self.inbound.hand_in(delivery, message).await?;
        Ok(json!({
            "told": told(&accepted),
            "ticket": accepted.ticket.as_ref().map(|number| number.as_str()),
            "rule": accepted.rule,
        }))
    }

    fn desk(&self) -> &Desk {
        &self.inbound.desk
    }
}

/// A listener that went away ends the listing.
async fn tell(out: &Sender<Line>, rows: Vec<Value>) -> Result<(), Fault> {
    for row in rows {
        let told = out.send(Line::Row(row)).await;
        told.map_err(|_| Fault::temporary("nobody listens any more"))?;
    }
    Ok(())
}

const PAGE: usize = 200;
/// A message comes from a file or a pipe on this machine.
const LONGEST_READ: Duration = Duration::from_secs(120);
