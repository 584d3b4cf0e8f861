//! A running server: mail listeners, outbox, pages and control socket, started from this one
//! place and stopped in the opposite order of trust: first nothing new is taken in, then what is
//! in hand is finished, then the store closes.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use config::{BaseUrl, Config};
use desk::outbox::{self, Courier};
use desk::{Desk, Moment};
use smtp::server::{Network, Options, Server};
use storage::{OpenError, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::answer::Answerer;
use crate::control::{self, Control};
use crate::fault::{Exit, Fault};
use crate::inbound::Inbound;
use crate::world::World;
use crate::{certificate, pages, settings};

pub struct Running {
    /// What the listeners are really bound to, in the order of the configuration.
    pub smtp: Vec<SocketAddr>,
    pub web: SocketAddr,
    pub base_url: BaseUrl,
    /// Where the first admin is made, and with which code, while there is none.
    pub setup: Option<Setup>,
    pub desk: Desk,
    stop: watch::Sender<bool>,
    tasks: JoinSet<&'static str>,
}

/// What only a reader of the console knows.
pub struct Setup {
    pub url: String,
    pub code: String,
}

/// Opens the desk of a configuration, making its store when there is none.
pub async fn open(config: &Config, world: &World) -> Result<Desk, Fault> {
    let options = storage::Options {
        engine: settings::engine(config.engine),
        ..storage::Options::default()
    };
    Ok(open_with(&config.data, options, world).await?)
}

pub async fn open_with(
    data: &Path,
    options: storage::Options,
    world: &World,
) -> Result<Desk, OpenError> {
    let dir = data.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        if options.create {
            make_private(&dir);
        }
        Store::open(&dir, &options)
    });
    let opened = opened.await;
    let store = opened.map_err(|error| OpenError::Engine(error.to_string()))??;
    match Desk::open(store.clone(), &world.moment()).await {
        Ok(desk) => Ok(desk),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// Customers' mail is nobody else's on this machine. A directory that exists keeps its mode, and
/// one that cannot be made is reported by the store.
fn make_private(dir: &Path) {
    let above = dir.parent().map(std::fs::create_dir_all);
    let made = std::fs::DirBuilder::new().mode(0o700).create(dir);
    if let (Some(Err(error)), _) | (_, Err(error)) = (above, made) {
        tracing::debug!(%error, dir = %dir.display(), "no directory was made");
    }
}

/// Starts everything on an open desk. Without a courier letters are held.
pub async fn start<C: Courier>(
    config: &Config,
    desk: Desk,
    world: World,
    courier: Option<Arc<C>>,
) -> Result<Running, Fault> {
    let bound = Bound::bind(config, &desk).await?;
    let setup = setup_token(&desk, &world).await?;
    let smtp = addresses(&bound.smtp)?;
    let web = address(&bound.web)?;
    let base_url = config.web.base_url(web);
    let hold = courier.is_none();
    let inbound = Arc::new(Inbound {
        desk: desk.clone(),
        world: world.clone(),
        hostname: config.hostname.clone(),
        max_size: config.smtp.max_size,
    });
    let mail = Arc::new(Server::new(mail_options(config, &desk)?, inbound.clone()));
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for listener in bound.smtp {
        let (mail, stopped) = (mail.clone(), stopped.clone());
        spawn(&mut tasks, "smtp", async move {
            mail.run(listener, stopped).await
        });
    }
    if let Some(courier) = courier {
        let moment: Arc<dyn Fn() -> Moment + Send + Sync> = {
            let world = world.clone();
            Arc::new(move || world.moment())
        };
        let sending = outbox::run(desk.clone(), moment, courier, stopped.clone());
        spawn(&mut tasks, "outbox", sending);
    }
    let site = pages::Site {
        desk: desk.clone(),
        world,
        base_url: base_url.clone(),
        setup: setup.clone(),
        hold,
    };
    spawn(&mut tasks, "web", site.run(bound.web, stopped.clone()));
    let answerer = Arc::new(Answerer::new(inbound, hold));
    let control = Control {
        listener: bound.control,
        answerer,
    };
    spawn(&mut tasks, "control", control.run(stopped));
    let setup = setup.map(|code| Setup {
        url: base_url.join(&format!("/setup?token={code}")),
        code,
    });
    Ok(Running {
        smtp,
        web,
        base_url,
        setup,
        desk,
        stop,
        tasks,
    })
}

impl Running {
    /// Returns when a part of the server has ended by itself, which none should.
    pub async fn broken(&mut self) -> Fault {
        let part = match self.tasks.join_next().await {
            Some(Ok(part)) => part.to_owned(),
            Some(Err(error)) => error.to_string(),
            None => "everything".to_owned(),
        };
        Fault::new(
            Exit::Internal,
            format!("a part of the server ended: {part}; start it again"),
        )
    }

    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "a part of the server broke down");
                }
            }
        };
        // A letter cut off here comes up again when its lease runs out, with the same Message-ID.
        if timeout(LONGEST_STOP, ended).await.is_err() {
            tracing::warn!("a part of the server did not end in time");
            self.tasks.shutdown().await;
        }
        control::unbind(self.desk.store().dir());
        self.desk.store().clone().close().await;
    }
}

/// Every socket, bound before anything is served, so that a port in use stops the start.
struct Bound {
    smtp: Vec<TcpListener>,
    web: TcpListener,
    control: tokio::net::UnixListener,
}

impl Bound {
    async fn bind(config: &Config, desk: &Desk) -> Result<Bound, Fault> {
        let mut smtp = Vec::new();
        for address in &config.smtp.listen {
            smtp.push(bind(*address, "--smtp or smtp.listen").await?);
        }
        let web = bind(config.web.listen, "--web or web.listen").await?;
        let control = control::bind(desk.store().dir()).map_err(|error| {
            let dir = desk.store().dir().display();
            Fault::new(
                Exit::NoPermission,
                format!("no control socket can be made in {dir}: {error}; use another --data DIR"),
            )
        })?;
        Ok(Bound { smtp, web, control })
    }
}

async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Fault::unavailable(format!(
            "{address} is in use by another program; stop that one, or choose another with {setting}"
        )),
        io::ErrorKind::PermissionDenied => Fault::new(
            Exit::NoPermission,
            format!(
                "{address} may not be listened on by this user; give the program the capability \
                 CAP_NET_BIND_SERVICE, or choose a port above 1023 with {setting}"
            ),
        ),
        io::ErrorKind::AddrNotAvailable => Fault::unavailable(format!(
            "{address} is no address of this machine; choose another with {setting}"
        )),
        _ => Fault::unavailable(format!(
            "{address} cannot be listened on: {error}; choose another with {setting}"
        )),
    })
}

fn mail_options(config: &Config, desk: &Desk) -> Result<Options, Fault> {
    let tls = certificate::server_tls(
        config.smtp.tls.as_ref(),
        desk.store().dir(),
        &config.hostname,
    )?;
    let mut trusted = Vec::new();
    for network in &config.smtp.trusted_networks {
        let network: Network = network
            .to_string()
            .parse()
            .map_err(|error| Fault::configuration(format!("{error}")))?;
        trusted.push(network);
    }
    Ok(Options {
        hostname: config.hostname.clone(),
        max_size: config.smtp.max_size,
        tls: Some(tls),
        trusted,
        spool_dir: desk.store().blobs().spool_dir(),
        ..Options::default()
    })
}

/// Whoever reads the console may make the first admin, and nobody else.
async fn setup_token(desk: &Desk, world: &World) -> Result<Option<String>, Fault> {
    Ok(match desk.any_agent().await? {
        true => None,
        false => Some(world.password()),
    })
}

fn spawn<F>(tasks: &mut JoinSet<&'static str>, name: &'static str, task: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    tasks.spawn(async move {
        task.await;
        name
    });
}

fn addresses(listeners: &[TcpListener]) -> Result<Vec<SocketAddr>, Fault> {
    listeners.iter().map(address).collect()
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Fault> {
    let address = listener.local_addr();
    address.map_err(|error| Fault::unavailable(format!("a listener has no address: {error}")))
}

/// Mail in hand has 30 seconds to finish; service managers lose patience after 90.
const LONGEST_STOP: Duration = Duration::from_secs(45);

#[cfg(test)]
mod tests;
