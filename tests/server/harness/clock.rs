//! A clock turned by hand. Each reading is a millisecond after the one before, so that what
//! happens later stands later in every list.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use maildesk::world::World;

#[derive(Clone)]
pub struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub fn new() -> HandClock {
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().expect("a time");
        HandClock(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    pub fn now(&self) -> Timestamp {
        let now = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_millisecond(now).expect("a time in range")
    }

    pub fn pass(&self, span: SignedDuration) {
        let span = i64::try_from(span.as_millis()).expect("a span in range");
        self.0.fetch_add(span, Ordering::Relaxed);
    }

    pub fn world(&self) -> World {
        let clock = self.clone();
        World::with_clock(move || clock.now())
    }
}
