//! The certificate for STARTTLS: the configured files, or one made at the first start and kept.
//!
//! A self-signed certificate proves nothing about us, but a sending mail server rarely asks for
//! proof, and with it the mail is not readable on the way (RFC 7435).

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use config::TlsFiles;
use rustls::ServerConfig;
use smtp::tls;

use crate::fault::{Exit, Fault};

pub fn server_tls(
    files: Option<&TlsFiles>,
    data: &Path,
    hostname: &str,
) -> Result<Arc<ServerConfig>, Fault> {
    if let Some(files) = files {
        return tls::server_tls(&files.cert, &files.key).map_err(|error| {
            let remedy = "correct smtp.tls_cert and smtp.tls_key in the configuration";
            Fault::configuration(format!("{error}; {remedy}"))
        });
    }
    let kept = data.join("tls");
    let (cert, key) = (kept.join("cert.pem"), kept.join("key.pem"));
    if !key.exists() || !cert.exists() {
        make(&kept, hostname)?;
    }
    tls::server_tls(&cert, &key).map_err(|error| {
        let remedy = format!("remove {} to have one made", kept.display());
        Fault::configuration(format!("{error}; {remedy}"))
    })
}

fn make(kept: &Path, hostname: &str) -> Result<(), Fault> {
    let (cert, key) =
        tls::self_signed(hostname).map_err(|error| Fault::unavailable(error.to_string()))?;
    let written = std::fs::create_dir_all(kept)
        .and_then(|()| write(&kept.join("cert.pem"), cert.as_bytes(), 0o644))
        .and_then(|()| write(&kept.join("key.pem"), key.as_bytes(), 0o600));
    written.map_err(|error| {
        let line = format!(
            "{} cannot be written: {error}; check the disk",
            kept.display()
        );
        Fault::new(Exit::NoPermission, line)
    })
}

/// Written aside and moved into place, so that a crash leaves a whole file or none.
fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&aside)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_certificate_is_made_once_and_its_key_is_private() {
        let data = tempfile::tempdir().expect("a directory");
        server_tls(None, data.path(), "desk.example").expect("a certificate");
        let key = data.path().join("tls/key.pem");
        let first = std::fs::read(&key).expect("a key");
        let mode = std::fs::metadata(&key).expect("a key").permissions().mode();
        assert_eq!(mode & 0o077, 0);
        server_tls(None, data.path(), "desk.example").expect("the same certificate");
        assert_eq!(std::fs::read(&key).expect("a key"), first);
    }

    #[test]
    fn a_wrong_file_is_a_configuration_fault() {
        let files = TlsFiles {
            cert: "/nowhere/cert.pem".into(),
            key: "/nowhere/key.pem".into(),
        };
        let fault = server_tls(Some(&files), Path::new("/nowhere"), "x").expect_err("no file");
        assert_eq!(fault.exit, Exit::Configuration);
        assert!(fault.line.contains("/nowhere/cert.pem"), "{fault}");
    }
}
