//! TLS for both ends: a server's certificate from files or made on the spot,
//! and whom a client believes. Only ring, only TLS 1.2 and 1.3.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {path}: {error}")]
    Read { path: PathBuf, error: io::Error },
    #[error("{what} is not readable as PEM: {detail}")]
    Pem { what: &'static str, detail: String },
    #[error("the certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    #[error("a certificate cannot be made: {0}")]
    Make(String),
    #[error("the system has no trusted root certificates")]
    NoRoots,
}

/// Whom a client believes.
#[derive(Clone, Default)]
pub enum Verify {
    /// The roots of the operating system.
    #[default]
    System,
    Roots(Arc<RootCertStore>),
    /// Anyone: encryption against listeners only, RFC 7435.
    None,
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verify::System => "System",
            Verify::Roots(_) => "Roots",
            Verify::None => "None",
        })
    }
}

/// A server's certificate chain and key from PEM files.
pub fn server_tls(cert_pem: &Path, key_pem: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    server_tls_from_pem(&read(cert_pem)?, &read(key_pem)?)
}

/// The same from PEM text.
pub fn server_tls_from_pem(cert: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let pem = |what| {
        move |e: rustls::pki_types::pem::Error| TlsError::Pem {
            what,
            detail: e.to_string(),
        }
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(cert)
        .collect::<Result<_, _>>()
        .map_err(pem("the certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(pem("the key"))?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

/// A fresh certificate for `hostname` and its key, both PEM.
pub fn self_signed(hostname: &str) -> Result<(String, String), TlsError> {
    let made = rcgen::generate_simple_self_signed(vec![hostname.to_owned()])
        .map_err(|e| TlsError::Make(e.to_string()))?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}

pub(crate) fn client_tls(verify: &Verify) -> Result<Arc<ClientConfig>, TlsError> {
    let builder =
        ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let config = match verify {
        Verify::System => builder.with_root_certificates(system_roots()?),
        Verify::Roots(roots) => builder.with_root_certificates(roots.clone()),
        Verify::None => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider()))),
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

fn system_roots() -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    // Single unreadable certificates of the system are its own affair.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(TlsError::NoRoots),
        false => Ok(Arc::new(roots)),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(crypto::ring::default_provider())
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let path_of = |error| TlsError::Read {
        path: path.to_owned(),
        error,
    };
    std::fs::read(path).map_err(path_of)
}

/// Believes every certificate, but still checks that the peer owns its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_certificate_serves() {
        let (cert, key) = self_signed("mx.example").expect("a certificate");
        assert!(server_tls_from_pem(cert.as_bytes(), key.as_bytes()).is_ok());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (cert, _) = self_signed("mx.example").expect("a certificate");
        let (_, key) = self_signed("mx.example").expect("a certificate");
        let made = server_tls_from_pem(cert.as_bytes(), key.as_bytes());
        assert!(matches!(made, Err(TlsError::Unusable(_))), "{made:?}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let made = server_tls(Path::new("no/such.pem"), Path::new("no/such.key"));
        let text = made.expect_err("no file").to_string();
        assert!(text.contains("no/such.pem"), "{text}");
    }

    #[test]
    fn text_that_is_no_pem_is_refused() {
        assert!(server_tls_from_pem(b"hello", b"hello").is_err());
    }
}
