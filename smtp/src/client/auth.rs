//! Says who we are. Secrets go out only under TLS or to this very machine,
//! and never into an error text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::connection::Connection;
use super::{Credentials, Failure, Stage};
use crate::Reply;

impl Connection {
    pub(super) async fn authenticate(&mut self, credentials: &Credentials) -> Result<(), Failure> {
        // RFC 4954 4: no plaintext password without protection.
        if !self.is_private() {
            return Err(Failure::Auth("credentials are not sent without TLS".into()));
        }
        let last = match credentials {
            Credentials::Password { user, password } if self.offers.auth("PLAIN") => {
                self.plain(user, password).await?
            }
            Credentials::Password { user, password } if self.offers.auth("LOGIN") => {
                self.login(user, password).await?
            }
            Credentials::OAuth { user, token } if self.offers.auth("XOAUTH2") => {
                self.xoauth2(user, token).await?
            }
            _ => {
                return Err(Failure::Auth(
                    "the server offers no method that we can use".into(),
                ));
            }
        };
        match last.code {
            // RFC 4954 6.
            235 => Ok(()),
            _ => Err(refused(&last, credentials)),
        }
    }

    /// RFC 4616, with the initial response of RFC 4954 4.
    async fn plain(&mut self, user: &str, password: &str) -> Result<Reply, Failure> {
        if user.contains('\0') || password.contains('\0') {
            return Err(Failure::Auth("user and password cannot hold NUL".into()));
        }
        let response = STANDARD.encode(format!("\0{user}\0{password}"));
        self.command(&format!("AUTH PLAIN {response}\r\n"), Stage::Auth)
            .await
    }

    async fn login(&mut self, user: &str, password: &str) -> Result<Reply, Failure> {
        let mut reply = self.command("AUTH LOGIN\r\n", Stage::Auth).await?;
        for answer in [user, password] {
            if reply.code != 334 {
                return Ok(reply);
            }
            let answer = STANDARD.encode(answer);
            reply = self.command(&format!("{answer}\r\n"), Stage::Auth).await?;
        }
        Ok(reply)
    }

    async fn xoauth2(&mut self, user: &str, token: &str) -> Result<Reply, Failure> {
        let response = STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
        let reply = self
            .command(&format!("AUTH XOAUTH2 {response}\r\n"), Stage::Auth)
            .await?;
        match reply.code {
            // The challenge explains the failure; an empty answer gets the verdict.
            334 => self.command("\r\n", Stage::Auth).await,
            _ => Ok(reply),
        }
    }
}

/// The server's words, without what it may have repeated of ours.
fn refused(reply: &Reply, credentials: &Credentials) -> Failure {
    let (user, secret) = match credentials {
        Credentials::Password { user, password } => (user, password),
        Credentials::OAuth { user, token } => (user, token),
    };
    let sent = [
        STANDARD.encode(format!("\0{user}\0{secret}")),
        STANDARD.encode(format!("user={user}\x01auth=Bearer {secret}\x01\x01")),
        STANDARD.encode(secret),
        secret.clone(),
    ];
    let mut text = reply.text.clone();
    for sent in sent.iter().filter(|sent| !sent.is_empty()) {
        text = text.replace(sent, "…");
    }
    Failure::Auth(format!("{} {text}", reply.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_repeats_the_secret_does_not_put_it_into_the_error() {
        let credentials = Credentials::Password {
            user: "ann".into(),
            password: "hunter2".into(),
        };
        let echo = format!("bad {} hunter2", STANDARD.encode("\0ann\0hunter2"));
        let failure = refused(&Reply::bare(535, echo), &credentials);
        assert_eq!(failure, Failure::Auth("535 bad … …".into()));
    }

    #[test]
    fn credentials_print_no_secret() {
        let credentials = Credentials::Password {
            user: "ann".into(),
            password: "hunter2".into(),
        };
        let text = format!("{credentials:?}");
        assert!(text.contains("ann") && !text.contains("hunter2"), "{text}");
    }
}
