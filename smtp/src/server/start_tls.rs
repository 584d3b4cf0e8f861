//! STARTTLS: what was plain is forgotten, on both sides of the handshake.

use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::session::{Answer, Close, Session};
use super::state::State;
use super::{Mailroom, TlsInfo};
use crate::reply;
use crate::wire::{Stream, Wire};

impl<M: Mailroom> Session<M> {
    pub(super) async fn start_tls(&mut self) -> Answer {
        let config = match &self.options.tls {
            Some(config) => config.clone(),
            None => return Ok(Some(reply::not_implemented())),
        };
        if self.peer.tls.is_some() {
            return Ok(Some(reply::bad_sequence("TLS is on")));
        }
        // RFC 3207 4 and 5: commands sent along in the clear would be obeyed
        // inside TLS if they were kept.
        if !self.wire.buffered().is_empty() {
            tracing::warn!(session = self.id, peer = %self.peer.addr, "Bytes were sent together with STARTTLS");
            return Err(Close::Said(reply::early_handshake()));
        }
        self.say(&reply::ready_for_tls());
        self.flush().await?;
        let plain = std::mem::replace(&mut self.wire, Wire::new(Box::new(tokio::io::empty())));
        let handshake = TlsAcceptor::from(config).accept(plain.into_stream());
        match tokio::time::timeout(self.options.timeouts.handshake, handshake).await {
            Ok(Ok(stream)) => self.begin_again(stream),
            Ok(Err(error)) => {
                tracing::info!(session = self.id, peer = %self.peer.addr, %error, "A TLS handshake failed");
                return Err(Close::Gone);
            }
            Err(_) => return Err(Close::Gone),
        }
        Ok(None)
    }

    /// RFC 3207 4.2: nothing the client said before is remembered.
    fn begin_again(&mut self, stream: TlsStream<Box<dyn Stream>>) {
        let connection = stream.get_ref().1;
        // rustls writes TLSv1_3 where everybody else writes a dot.
        let version = connection.protocol_version().and_then(|v| v.as_str());
        let cipher = connection
            .negotiated_cipher_suite()
            .and_then(|s| s.suite().as_str());
        self.peer.tls = Some(TlsInfo {
            version: version.unwrap_or("TLS").replace('_', "."),
            cipher: cipher.unwrap_or("unknown").to_owned(),
        });
        (self.peer.helo, self.peer.esmtp) = (String::new(), false);
        self.state = State::Connected;
        self.wire = Wire::new(Box::new(stream));
    }
}
