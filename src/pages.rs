//! The web listener: the pages of `web` on a socket, until told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt;
use config::BaseUrl;
use desk::Desk;
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::WebState;

use crate::door::Door;
use crate::world::World;

pub struct Site {
    pub desk: Desk,
    pub world: World,
    pub base_url: BaseUrl,
    /// Opens the page that makes the first admin.
    pub setup: Option<String>,
    pub hold: bool,
}

impl Site {
    pub async fn run(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let router = web::router(self.state());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let mut asked = stop.clone();
        let graceful = async move { drop(asked.wait_for(|stop| *stop).await) };
        // Tapped with nothing, because axum tells the peer's address only of listeners it knows.
        let door = Door::new(listener).tap_io(|_| {});
        let serving = axum::serve(door, service).with_graceful_shutdown(graceful);
        // A page that follows changes keeps its connection open for as long as it is looked at.
        let impatient = async move {
            drop(stop.wait_for(|stop| *stop).await);
            tokio::time::sleep(LONGEST_GOODBYE).await;
        };
        tokio::select! {
            served = async { serving.await } => {
                if let Err(error) = served {
                    tracing::error!(%error, "the web listener ended");
                }
            }
            () = impatient => {}
        }
    }

    fn state(self) -> WebState {
        WebState {
            desk: self.desk,
            clock: self.world.clock(),
            random: self.world.random(),
            base_url: self.base_url.to_string(),
            setup_token: self.setup,
            hold: self.hold,
            zone: TimeZone::system(),
        }
    }
}

const LONGEST_GOODBYE: Duration = Duration::from_secs(2);
