//! The schema: every table of the desk is a field here, and this is the only file that numbers them.
//!
//! A change is a function that reads, computes and returns one batch with its checks; when another
//! change came first it runs again ([`Desk::retrying`]). So it sends nothing and logs nothing.

use crate::address::Address;
use crate::agent::Agent;
use crate::change::Change;
use crate::department::Department;
use crate::ids::*;
use crate::intake::{Acknowledged, Claims, Seen};
use crate::journal::JournalRow;
use crate::letter::Letter;
use crate::queue::QueueKey;
use crate::session::{Attempts, SessionRecord};
use crate::sign::Signer;
use crate::ticket::{Entry, Ticket};
use crate::user::User;
use crate::{EmailAddress, Moment, Problem, TicketNumber};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use storage::{
    Batch, Counter, Cursor, Direction, Key, Log, Migration, OpenError, Record, Store, Table,
};

/// A desk on its store. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    signer: Signer,
    pub(crate) tables: &'static Tables,
    /// Wakes the outbox when a letter was written; polling is the truth.
    pub(crate) outbox_wake: Arc<tokio::sync::Notify>,
}

pub struct Tables {
    pub secrets: Table<String, Secret>,
    pub departments: Table<DepartmentId, Department>,
    pub addresses: Table<AddressId, Address>,
    pub address_by_email: Table<EmailAddress, AddressId>,
    pub agents: Table<AgentId, Agent>,
    pub agent_by_login: Table<String, AgentId>,
    pub agent_by_email: Table<EmailAddress, AgentId>,
    /// By the SHA-256 of the cookie's token.
    pub sessions: Table<[u8; 32], SessionRecord>,
    pub attempts: Table<String, Attempts>,
    pub users: Table<UserId, User>,
    pub user_by_email: Table<EmailAddress, UserId>,
    pub tickets: Table<TicketId, Ticket>,
    pub ticket_by_number: Table<TicketNumber, TicketId>,
    pub entries: Table<(TicketId, u32), Entry>,
    /// Which tickets hold or mention a Message-ID, by its SHA-256.
    pub message_ids: Table<[u8; 32], Claims>,
    /// Which mails were taken in already, by their fingerprint.
    pub fingerprints: Table<[u8; 32], Seen>,
    pub queue: Table<QueueKey, ()>,
    pub queue_sizes: Counter<crate::queue::Size>,
    pub letters: Table<LetterId, Letter>,
    /// Letters still to be sent, by the millisecond of their next try.
    pub letters_due: Table<(i64, LetterId), ()>,
    pub letters_of_ticket: Table<(TicketId, LetterId), ()>,
    pub acknowledged: Table<EmailAddress, Acknowledged>,
    pub journal: Table<JournalId, JournalRow>,
    pub changes: Log<Change>,
}

static TABLES: Tables = Tables {
    secrets: Table::new(16, "secrets"),
    departments: Table::new(17, "departments"),
    addresses: Table::new(18, "addresses"),
    address_by_email: Table::new(19, "address_by_email"),
    agents: Table::new(20, "agents"),
    agent_by_login: Table::new(21, "agent_by_login"),
    agent_by_email: Table::new(22, "agent_by_email"),
    sessions: Table::new(23, "sessions"),
    attempts: Table::new(24, "attempts"),
    users: Table::new(25, "users"),
    user_by_email: Table::new(26, "user_by_email"),
    tickets: Table::new(27, "tickets"),
    ticket_by_number: Table::new(28, "ticket_by_number"),
    entries: Table::new(29, "entries"),
    message_ids: Table::new(30, "message_ids"),
    fingerprints: Table::new(31, "fingerprints"),
    queue: Table::new(32, "queue"),
    queue_sizes: Counter::new(33, "queue_sizes"),
    letters: Table::new(34, "letters"),
    letters_due: Table::new(35, "letters_due"),
    letters_of_ticket: Table::new(36, "letters_of_ticket"),
    acknowledged: Table::new(37, "acknowledged"),
    journal: Table::new(38, "journal"),
    changes: Log::new(39, "changes"),
};

/// Append-only: the version of a store is the length of this list.
const MIGRATIONS: &[Migration] = &[];

/// A key of the desk's own. It never leaves the store and is never shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret([u8; 32]);

impl Record for Secret {
    const SCHEMA: u16 = 1;
}

/// How often a change is tried against changes that come first. Each try that fails means that
/// another one succeeded, so under a steady load this is never reached.
const TRIES: usize = 200;

impl Desk {
    /// Opens the desk on its store: migrates it, and makes the signing key of a fresh one.
    pub async fn open(store: Store, moment: &Moment) -> Result<Self, OpenError> {
        storage::migrate(&store, MIGRATIONS).await?;
        let master = master_key(&store, moment)
            .await
            .map_err(|problem| OpenError::Engine(problem.to_string()))?;
        Ok(Self {
            store,
            signer: Signer::new(master),
            tables: &TABLES,
            outbox_wake: Arc::default(),
        })
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// A page of a table whose keys grow with time, newest first, and where the next one begins.
    pub(crate) async fn newest<K, V>(
        &self,
        table: &Table<K, V>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<V>, Option<String>), Problem>
    where
        K: Key + FromStr + Display,
        V: Record,
    {
        let cursor = after
            .map(|text| text.parse::<K>().map(|key| Cursor::at(&key)))
            .transpose()
            .map_err(|_| Problem::NotFound("page"))?;
        let page = table
            .page(
                &self.store,
                &(),
                cursor.as_ref(),
                Direction::Backward,
                limit,
            )
            .await?;
        let next = page.next.as_ref().and(page.rows.last());
        let next = next.map(|(key, _)| key.to_string());
        let rows = page.rows.into_iter().map(|(_, row)| row.value).collect();
        Ok((rows, next))
    }

    /// Runs `attempt` until its batch is taken, and returns what it computed.
    pub(crate) async fn retrying<T, F, Fut>(&self, mut attempt: F) -> Result<T, Problem>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(Batch, T), Problem>>,
    {
        for _ in 0..TRIES {
            let (batch, value) = attempt().await?;
            if batch.is_empty() {
                return Ok(value);
            }
            match self.store.commit(batch).await {
                Ok(_) => return Ok(value),
                Err(storage::CommitError::Conflict { .. } | storage::CommitError::Retry) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::Busy)
    }
}

async fn master_key(store: &Store, moment: &Moment) -> Result<[u8; 32], Problem> {
    let name = "master".to_owned();
    loop {
        if let Some(row) = TABLES.secrets.get(store, &name).await? {
            return Ok(row.value.0);
        }
        let secret = Secret(moment.bytes());
        let mut batch = Batch::new();
        TABLES.secrets.insert(&mut batch, &name, &secret);
        match store.commit(batch).await {
            Ok(_) => return Ok(secret.0),
            Err(storage::CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
