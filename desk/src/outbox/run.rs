//! The loop that empties the outbox. A destination that hangs holds one place among many; the
//! letters behind it go past.

use super::{Courier, Outcome};
use crate::letter::Letter;
use crate::{Desk, EmailAddress, LetterId, Moment, Problem};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Letters on their way at once.
const AT_ONCE: usize = 32;
/// How often the outbox is looked at when nothing wakes it.
const POLL: Duration = Duration::from_secs(2);
/// How often a result is offered to a busy store.
const RECORDINGS: usize = 60;

/// Sends what is due until `stop` says true; then finishes what is on its way.
pub async fn run<C: Courier>(
    desk: Desk,
    moment: Arc<dyn Fn() -> Moment + Send + Sync>,
    courier: Arc<C>,
    mut stop: watch::Receiver<bool>,
) {
    let owner = u64::from_be_bytes(moment().bytes());
    let mut trips: JoinSet<LetterId> = JoinSet::new();
    let mut under_way = HashSet::new();
    while !*stop.borrow() {
        while let Some(done) = trips.try_join_next() {
            forget(&mut under_way, done);
        }
        match start_trips(&desk, &moment, &courier, owner, &mut trips, &mut under_way).await {
            Ok(()) => {}
            Err(problem) => tracing::error!(%problem, "the outbox cannot be read"),
        }
        tokio::select! {
            () = desk.outbox_wake.notified(), if trips.len() < AT_ONCE => {}
            Some(done) = trips.join_next(), if !trips.is_empty() => forget(&mut under_way, done),
            () = tokio::time::sleep(POLL) => {}
            _ = stop.changed() => {}
        }
    }
    while let Some(done) = trips.join_next().await {
        forget(&mut under_way, done);
    }
}

async fn start_trips<C: Courier>(
    desk: &Desk,
    moment: &Arc<dyn Fn() -> Moment + Send + Sync>,
    courier: &Arc<C>,
    owner: u64,
    trips: &mut JoinSet<LetterId>,
    under_way: &mut HashSet<LetterId>,
) -> Result<(), Problem> {
    let room = AT_ONCE - trips.len().min(AT_ONCE);
    if room == 0 {
        return Ok(());
    }
    for id in desk.due_letters(&moment(), AT_ONCE + room).await? {
        if trips.len() >= AT_ONCE || under_way.contains(&id) {
            continue;
        }
        let Some(letter) = desk.lease_letter(&moment(), owner, id).await? else {
            continue;
        };
        under_way.insert(id);
        let (desk, moment, courier) = (desk.clone(), moment.clone(), courier.clone());
        trips.spawn(async move {
            let trip = async move { carry(&desk, &moment, courier.as_ref(), owner, letter).await };
            // A task of its own, so that after a panic the letter still counts as come back: it is
            // tried again when its lease has run out.
            if let Err(error) = tokio::spawn(trip).await {
                tracing::error!(letter = %id, %error, "a courier broke down");
            }
            id
        });
    }
    Ok(())
}

async fn carry<C: Courier>(
    desk: &Desk,
    moment: &Arc<dyn Fn() -> Moment + Send + Sync>,
    courier: &C,
    owner: u64,
    letter: Letter,
) {
    let to = letter.queued();
    let outcomes = match desk.letter_source(&letter).await {
        Ok(source) => courier.carry(&letter, &to, source).await,
        Err(problem) => unreadable(&to, &problem),
    };
    for (recipient, outcome) in &outcomes {
        tracing::info!(letter = %letter.id, ticket = %letter.number, %recipient, ?outcome, "letter tried");
    }
    if let Err(problem) = record(desk, moment, owner, letter.id, &outcomes).await {
        tracing::error!(letter = %letter.id, %problem, "the result of a try cannot be written");
    }
}

/// A result that is not written means a letter that is sent twice, so a busy store is waited for,
/// as long as the lease keeps everybody else from the letter.
async fn record(
    desk: &Desk,
    moment: &Arc<dyn Fn() -> Moment + Send + Sync>,
    owner: u64,
    id: LetterId,
    outcomes: &[(EmailAddress, Outcome)],
) -> Result<(), Problem> {
    for _ in 1..RECORDINGS {
        match desk.record_try(&moment(), owner, id, outcomes).await {
            Err(Problem::Busy) => tokio::time::sleep(POLL).await,
            settled => return settled,
        }
    }
    desk.record_try(&moment(), owner, id, outcomes).await
}

fn unreadable(to: &[EmailAddress], problem: &Problem) -> Vec<(EmailAddress, Outcome)> {
    tracing::error!(%problem, "a letter cannot be read");
    let outcome = Outcome::Temporary("the letter could not be read from the store".to_owned());
    to.iter().map(|a| (a.clone(), outcome.clone())).collect()
}

fn forget(under_way: &mut HashSet<LetterId>, done: Result<LetterId, tokio::task::JoinError>) {
    match done {
        Ok(id) => {
            under_way.remove(&id);
        }
        Err(error) => tracing::error!(%error, "a trip of the outbox was broken off"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::LetterSource;
    use crate::testing::TestDesk;
    use jiff::SignedDuration;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Breaks down on its first trip.
    #[derive(Default)]
    struct Clumsy {
        trips: AtomicUsize,
    }

    impl Courier for Clumsy {
        async fn carry(
            &self,
            _letter: &Letter,
            to: &[EmailAddress],
            _message: LetterSource,
        ) -> Vec<(EmailAddress, Outcome)> {
            assert!(self.trips.fetch_add(1, Ordering::SeqCst) > 0, "stumbled");
            let sent = Outcome::Sent("250 thanks".to_owned());
            to.iter().map(|a| (a.clone(), sent.clone())).collect()
        }
    }

    #[tokio::test]
    async fn letter_of_a_courier_that_broke_down_is_tried_again() {
        let desk = Arc::new(TestDesk::new().await);
        let mail = "From: ann@customer.example\nSubject: Lamp\nMessage-ID: <1@x>\n\nIt is dark.\n";
        let ticket = desk.ticket(&["support@desk.example"], mail).await;
        let clock = desk.clone();
        let moment: Arc<dyn Fn() -> Moment + Send + Sync> = Arc::new(move || clock.moment());
        let (courier, (stop, stopped)) = (Arc::new(Clumsy::default()), watch::channel(false));
        let running = tokio::spawn(run(desk.desk.clone(), moment, courier.clone(), stopped));
        let waiting = async |trips: usize| {
            while courier.trips.load(Ordering::SeqCst) < trips {
                desk.desk.outbox_wake.notify_one();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        waiting(1).await;
        desk.pass(SignedDuration::from_mins(21));
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, waiting(2))
            .await
            .expect("a second trip");
        stop.send_replace(true);
        running.await.expect("the outbox ends");
        let letters = desk.desk.letters_of(ticket.id).await.unwrap();
        assert_eq!(letters[0].state(false), "sent");
    }
}
