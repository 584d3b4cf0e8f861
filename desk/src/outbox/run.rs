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
            carry(&desk, &moment, courier.as_ref(), owner, letter).await;
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
    if let Err(problem) = desk
        .record_try(&moment(), owner, letter.id, &outcomes)
        .await
    {
        tracing::error!(letter = %letter.id, %problem, "the result of a try cannot be written");
    }
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
        // The lease runs out and the letter is tried again.
        Err(error) => tracing::error!(%error, "a courier broke down"),
    }
}
