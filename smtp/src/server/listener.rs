//! Accepts connections.
use super::{Mailroom, Options};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub struct Server<M> {
    options: Arc<Options>,
    mailroom: Arc<M>,
}

impl<M: Mailroom> Server<M> {
    pub fn new(options: Options, mailroom: Arc<M>) -> Self {
        Self {
            options: Arc::new(options),
            mailroom,
        }
    }

    /// Serves until `stop` says true.
    pub async fn run(&self, listener: TcpListener, stop: watch::Receiver<bool>) {
        let _ = (&self.options, &self.mailroom, listener, stop);
    }
}
