//! A Postfix of the test's own: configuration, queue and data lie in a directory that goes away
//! with it, and it listens on a port above 1024 of this machine. It must be started by root, for
//! its parts run as several users.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use config::{Relay, Secret, Security};
use tempfile::TempDir;

use crate::harness::{is_missing, run, skip};

pub struct Postfix {
    pub address: SocketAddr,
    directory: TempDir,
    child: Child,
}

/// Whether this test must be left out.
pub fn is_out_of_reach() -> bool {
    if ["postfix", "saslpasswd2", "python3"]
        .into_iter()
        .any(is_missing)
    {
        return true;
    }
    let is_root = run(Command::new("id").arg("-u")).trim() == "0";
    if !is_root {
        skip("a Postfix of one's own is started by root");
    }
    !is_root
}

impl Postfix {
    /// Takes mail for desk.example from anyone here and relays it to us, with TLS or not at all.
    pub fn in_front_of(desk: SocketAddr) -> Postfix {
        let relay = format!(
            "relay_domains = desk.example\n\
             relayhost = [127.0.0.1]:{}\n\
             smtp_tls_security_level = encrypt\n\
             smtpd_relay_restrictions = permit_mynetworks, reject\n",
            desk.port()
        );
        Postfix::start("mx.desk.example", |_| relay)
    }

    /// Takes any mail over TLS from who has logged in, and delivers it all into one Maildir.
    pub fn smarthost() -> Postfix {
        Postfix::start("localhost", |directory| {
            let (cert, key) = smtp::tls::self_signed("localhost").expect("a certificate");
            let conf = directory.join("conf");
            write(&conf.join("cert.pem"), &cert);
            write(&conf.join("key.pem"), &key);
            passwords(&conf);
            let mail = directory.join("mail");
            fs::create_dir(&mail).expect("a directory");
            chown(&mail, Some(NOBODY), Some(NOBODY)).expect("root may chown");
            let (conf, mail) = (conf.display(), mail.display());
            format!(
                "virtual_mailbox_domains = customer.example\n\
                 virtual_mailbox_base = {mail}\n\
                 virtual_mailbox_maps = static:inbox/\n\
                 virtual_uid_maps = static:{NOBODY}\n\
                 virtual_gid_maps = static:{NOBODY}\n\
                 smtpd_tls_security_level = encrypt\n\
                 smtpd_tls_cert_file = {conf}/cert.pem\n\
                 smtpd_tls_key_file = {conf}/key.pem\n\
                 smtpd_tls_auth_only = yes\n\
                 smtpd_tls_received_header = yes\n\
                 smtpd_sasl_auth_enable = yes\n\
                 smtpd_sasl_path = smtpd\n\
                 cyrus_sasl_config_path = {conf}/sasl\n\
                 smtpd_sasl_authenticated_header = yes\n\
                 smtpd_recipient_restrictions = permit_sasl_authenticated, reject\n"
            )
        })
    }

    fn start(hostname: &str, more: impl FnOnce(&Path) -> String) -> Postfix {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        // Postfix's users walk through it.
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("ours");
        for name in ["conf", "queue", "data"] {
            fs::create_dir(path.join(name)).expect("a directory");
        }
        run(Command::new("chown").arg("postfix").arg(path.join("data")));
        let port = free_port();
        let main = format!("{}myhostname = {hostname}\n{}", common(path), more(path));
        write(&path.join("conf/main.cf"), &main);
        write(&path.join("conf/master.cf"), &master(port));
        let log = File::create(path.join("log")).expect("a log");
        let child = Command::new("postfix")
            .arg("-c")
            .arg(path.join("conf"))
            .arg("start-fg")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("postfix starts");
        let postfix = Postfix {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            directory,
            child,
        };
        let begun = Instant::now();
        while TcpStream::connect(postfix.address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{}",
                postfix.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        postfix
    }

    /// The smarthost, as our configuration names it.
    pub fn as_relay(&self) -> Relay {
        Relay {
            host: "localhost".to_owned(),
            port: self.address.port(),
            security: Security::StartTls,
            login: Some((USER.to_owned(), Secret::new(PASSWORD))),
            ca_file: Some(self.directory.path().join("conf/cert.pem")),
            verify: true,
        }
    }

    pub fn maildir(&self) -> PathBuf {
        self.directory.path().join("mail/inbox")
    }

    pub fn delivered(&self) -> usize {
        fs::read_dir(self.maildir().join("new")).map_or(0, Iterator::count)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    /// The master ends its children, and the script that waits for it ends by itself.
    fn drop(&mut self) {
        let pid = fs::read_to_string(self.directory.path().join("queue/pid/master.pid"));
        if let Ok(pid) = pid {
            drop(Command::new("kill").arg(pid.trim()).status());
        }
        drop(self.child.wait());
    }
}

fn common(path: &Path) -> String {
    let path = path.display();
    format!(
        "compatibility_level = 3.6\n\
         queue_directory = {path}/queue\n\
         data_directory = {path}/data\n\
         mail_owner = postfix\n\
         setgid_group = postdrop\n\
         inet_interfaces = loopback-only\n\
         inet_protocols = ipv4\n\
         mynetworks = 127.0.0.0/8\n\
         mydestination =\n\
         local_recipient_maps =\n\
         alias_maps =\n\
         alias_database =\n\
         biff = no\n\
         maillog_file = /dev/stdout\n\
         smtp_dns_support_level = disabled\n\
         queue_run_delay = 5s\n\
         minimal_backoff_time = 5s\n\
         smtpd_client_connection_count_limit = 0\n"
    )
}

fn master(port: u16) -> String {
    let services = [
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "flush unix n - n 1000? 0 flush",
        "proxymap unix - - n - - proxymap",
        "smtp unix - - n - - smtp",
        "relay unix - - n - - smtp",
        "showq unix n - n - - showq",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "discard unix - - n - - discard",
        "virtual unix - n n - - virtual",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ];
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd\n{}\n",
        services.join("\n")
    )
}

/// Debian's Postfix looks for the SASL configuration in `sasl` beside its own.
fn passwords(conf: &Path) {
    let sasl = conf.join("sasl");
    fs::create_dir(&sasl).expect("a directory");
    let (user, realm) = USER.split_once('@').expect("a realm");
    let db = conf.join("sasldb2");
    let text = format!(
        "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {}\nmech_list: PLAIN LOGIN\n",
        db.display()
    );
    write(&sasl.join("smtpd.conf"), &text);
    let mut child = Command::new("saslpasswd2")
        .args(["-p", "-c", "-u", realm, "-f"])
        .arg(&db)
        .arg(user)
        .stdin(Stdio::piped())
        .spawn()
        .expect("saslpasswd2 starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(PASSWORD.as_bytes()).expect("it reads");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    fs::set_permissions(&db, Permissions::from_mode(0o644)).expect("ours");
}

/// Postfix takes no port 0. Somebody else could take this one meanwhile, but hardly does.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file is written");
}

const USER: &str = "desk@relay.example";
const PASSWORD: &str = "a password for the relay";
/// Debian's nobody and nogroup.
const NOBODY: u32 = 65534;
