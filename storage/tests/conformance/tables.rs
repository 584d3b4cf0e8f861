//! Typed tables and counters over a real engine.
use serde::{Deserialize, Serialize};
use storage::{Batch, Counter, Cursor, Direction, EngineKind, ReadError, Record, Store, Table};

use super::support::{is_conflict, put, with_store};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ticket {
    subject: String,
}

impl Record for Ticket {
    const SCHEMA: u16 = 1;
}

const TICKETS: Table<u32, Ticket> = Table::new(20, "tickets");
const BY_STATE: Table<(String, u32), ()> = Table::new(21, "tickets by state");
const COUNTS: Counter<String> = Counter::new(22, "counts");

fn ticket(subject: &str) -> Ticket {
    Ticket {
        subject: subject.into(),
    }
}

async fn fill_states(store: &Store) {
    let mut batch = Batch::new();
    for n in 0..10u32 {
        let state = if n % 2 == 0 { "open" } else { "open later" };
        BY_STATE.put(&mut batch, &(state.into(), n), &());
    }
    store.commit(batch).await.unwrap();
}

pub fn records_page_by_tuple_prefix(kind: EngineKind) {
    with_store(kind, async |store| {
        fill_states(&store).await;
        let open = "open".to_owned();
        let mut seen = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = BY_STATE.page(&store, &open, after.as_ref(), Direction::Backward, 2);
            let page = page.await.unwrap();
            seen.extend(page.rows.into_iter().map(|((_, n), _)| n));
            // As a browser gives it back.
            after = page.next.map(|next| next.to_string().parse().unwrap());
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, [8, 6, 4, 2, 0]);
        let from = Cursor::at(&("open".to_owned(), 4u32));
        let rest = BY_STATE.page(&store, &open, Some(&from), Direction::Forward, 9);
        assert_eq!(rest.await.unwrap().rows.len(), 2);
        let all = BY_STATE.page(&store, &(), None, Direction::Forward, 99);
        assert_eq!(all.await.unwrap().rows.len(), 10);
        let prefix = storage::StartsWith("open");
        let both = BY_STATE.page(&store, &prefix, None, Direction::Forward, 99);
        assert_eq!(both.await.unwrap().rows.len(), 10);
    });
}

pub fn insert_and_replace_conflict_as_their_names_say(kind: EngineKind) {
    with_store(kind, async |store| {
        let mut insert = Batch::new();
        TICKETS.insert(&mut insert, &7, &ticket("one"));
        let version = store.commit(insert.clone()).await.unwrap().version;
        assert!(is_conflict(&store.commit(insert).await));

        let row = TICKETS.get(&store, &7).await.unwrap().unwrap();
        assert_eq!((row.version, row.subject.as_str()), (version, "one"));
        let mut replace = Batch::new();
        TICKETS.replace(&mut replace, &7, version, &ticket("two"));
        store.commit(replace.clone()).await.unwrap();
        assert!(is_conflict(&store.commit(replace).await));

        let mut delete = Batch::new();
        TICKETS.delete(&mut delete, &7);
        store.commit(delete).await.unwrap();
        assert_eq!(TICKETS.get(&store, &7).await.unwrap(), None);
    });
}

pub fn damaged_record_is_reported_and_skipped(kind: EngineKind) {
    with_store(kind, async |store| {
        let mut batch = Batch::new();
        TICKETS.put(&mut batch, &1, &ticket("one"));
        TICKETS.put(&mut batch, &3, &ticket("three"));
        store.commit(batch).await.unwrap();
        put(&store, TICKETS.space(), &2u32.to_be_bytes(), b"rubbish!").await;

        let page = TICKETS.page(&store, &(), None, Direction::Forward, 10);
        let page = page.await.unwrap();
        assert_eq!((page.rows.len(), page.damaged), (2, 1));
        let many = TICKETS.get_many(&store, &[1, 2, 3]).await.unwrap();
        let there: Vec<_> = many.iter().map(Option::is_some).collect();
        assert_eq!(there, [true, false, true]);
        let single = TICKETS.get(&store, &2).await.unwrap_err();
        assert!(
            matches!(single, ReadError::Corrupt { space, key, .. } if space == "tickets" && key == "00000002")
        );
    });
}

pub fn counters_of_many_keys_are_read_at_once(kind: EngineKind) {
    with_store(kind, async |store| {
        let names = ["a", "b", "c"].map(String::from);
        let mut batch = Batch::new();
        COUNTS.add(&mut batch, &names[0], 3);
        COUNTS.add(&mut batch, &names[2], -2);
        store.commit(batch).await.unwrap();
        assert_eq!(COUNTS.get_many(&store, &names).await.unwrap(), [3, 0, -2]);
        assert_eq!(COUNTS.get(&store, &names[2]).await.unwrap(), -2);
    });
}
