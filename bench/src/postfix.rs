//! A Postfix of our own that takes the same mails and leaves them in its queue: nothing is
//! delivered, no queue manager runs, so all its time goes into accepting durably.

use crate::process::Process;
use crate::server::{free_port, greeted};
use anyhow::Result;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub struct Postfix {
    address: SocketAddr,
    _master: Process,
    _dir: TempDir,
}

impl Postfix {
    /// None when Postfix is not installed, or we are not root.
    pub fn start() -> Result<Option<Self>> {
        let program = Path::new("/usr/lib/postfix/sbin/master");
        let root = std::fs::metadata("/proc/self").is_ok_and(|meta| {
            use std::os::unix::fs::MetadataExt;
            meta.uid() == 0
        });
        if !program.exists() || !root {
            return Ok(None);
        }
        let dir = tempfile::Builder::new()
            .prefix("bench-postfix-")
            .tempdir_in(super::desk_of::root()?)?;
        let address = free_port()?;
        configure(dir.path(), address)?;
        let child = Command::new(program)
            .arg("-c")
            .arg(dir.path().join("conf"))
            .arg("-d")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let postfix = Self {
            address,
            _master: Process(child),
            _dir: dir,
        };
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(greeted(address))
        })?;
        Ok(Some(postfix))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// `in_flow_delay` is off: it would make each client wait a second for the queue manager that is not
/// there.
fn configure(dir: &Path, address: SocketAddr) -> Result<()> {
    let (conf, queue, data) = (dir.join("conf"), dir.join("queue"), dir.join("data"));
    for made in [&conf, &queue, &data] {
        std::fs::create_dir_all(made)?;
    }
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {}\ndata_directory = {}\n\
         mail_owner = postfix\nsetgid_group = postdrop\ninet_interfaces = 127.0.0.1\n\
         inet_protocols = ipv4\nmyhostname = mx.example\nmydestination =\n\
         relay_domains = desk.example\nrelay_recipient_maps =\nmynetworks = 127.0.0.0/8\n\
         smtpd_recipient_restrictions = permit_mynetworks, reject\nsmtpd_peername_lookup = no\n\
         smtpd_client_connection_count_limit = 0\nsmtpd_client_connection_rate_limit = 0\n\
         default_process_limit = 100\nalias_maps =\nalias_database =\n\
         in_flow_delay = 0\n\
         maillog_file = /dev/null\nmaillog_file_prefixes = /dev\n",
        queue.display(),
        data.display()
    );
    std::fs::write(conf.join("main.cf"), main)?;
    let port = address.port();
    let services = format!(
        "127.0.0.1:{port} inet n - n - - smtpd\n\
         cleanup unix n - n - 0 cleanup\n\
         rewrite unix - - n - - trivial-rewrite\n\
         anvil unix - - n - 1 anvil\n\
         proxymap unix - - n - - proxymap\n\
         postlog unix-dgram n - n - 1 postlogd\n"
    );
    std::fs::write(conf.join("master.cf"), services)?;
    // Makes the queue's folders with the owners Postfix insists on.
    let status = Command::new("postfix")
        .arg("-c")
        .arg(&conf)
        .arg("check")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        anyhow::bail!("postfix check refuses the configuration");
    }
    let owner = Command::new("chown").arg("postfix").arg(&data).status()?;
    anyhow::ensure!(owner.success(), "chown of the data directory failed");
    Ok(())
}
