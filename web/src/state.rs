//! What the pages are given by the wiring: the desk, the time, chance, and
//! where they are reached. Nothing here is read from the environment.

use std::sync::Arc;

use desk::{Desk, Moment, Random};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

pub struct WebState {
    pub desk: Desk,
    pub clock: Clock,
    pub random: Random,
    /// Where browsers reach these pages, without a slash at its end. Behind
    /// https the cookies are Secure and bound to this host.
    pub base_url: String,
    /// Opens the page for the first admin while there is no agent.
    pub setup_token: Option<String>,
    /// Outgoing mail is held: letters are shown as such.
    pub hold: bool,
    /// In which times are shown.
    pub zone: TimeZone,
}

pub(crate) type Web = Arc<WebState>;

impl WebState {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::new(self.now(), self.random.clone())
    }

    pub(crate) fn secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// Scheme, host and port, as a browser says it in Origin.
    pub(crate) fn origin(&self) -> &str {
        let scheme = self.base_url.find("://").map_or(0, |at| at + 3);
        let end = self.base_url[scheme..]
            .find('/')
            .map_or(self.base_url.len(), |at| scheme + at);
        &self.base_url[..end]
    }
}
