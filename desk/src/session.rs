//! Logins and the sessions they open (SECURITY §3c: session, brute force, enumeration).

use crate::{Agent, AgentId, Desk, Moment, Problem, password};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use storage::{Batch, Record};

/// A session, kept under the hash of its token: whoever reads the store cannot use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionRecord {
    agent: AgentId,
    generation: u32,
    csrf: String,
    created: Timestamp,
    seen: Timestamp,
}

impl Record for SessionRecord {
    const SCHEMA: u16 = 1;
}

/// Tries to log in to one account or from one peer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Attempts(Vec<Timestamp>);

impl Record for Attempts {
    const SCHEMA: u16 = 1;
}

/// A session that was just opened. The token is the cookie; it is not kept anywhere.
pub struct NewSession {
    pub token: String,
    pub csrf: String,
    pub agent: Agent,
}

/// Who is asking.
#[derive(Debug, Clone)]
pub struct Session {
    pub agent: Agent,
    /// To be sent back with every form.
    pub csrf: String,
}

const IDLE: SignedDuration = SignedDuration::from_hours(12);
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 14);
/// The last-seen time is written at most this often.
const TOUCH: SignedDuration = SignedDuration::from_mins(5);
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const TRIES_PER_ACCOUNT: usize = 10;
const TRIES_PER_PEER: usize = 50;

impl Desk {
    /// Opens a session for the right password. Unknown, disabled and wrong look and take the same.
    pub async fn login(
        &self,
        moment: &Moment,
        login: &str,
        password: &str,
        peer: IpAddr,
    ) -> Result<NewSession, Problem> {
        let limits = limits(login, peer);
        // Counted before the password is looked at, so that guesses at the same moment count too.
        for (key, most) in &limits {
            self.count_try(moment, key, *most).await?;
        }
        let agent = self.agent_by_login(login).await?;
        let stored = agent.as_ref().map(|agent| agent.password.as_str());
        let right = password::verify(password, stored).await?;
        match agent {
            Some(agent) if right && agent.active => {
                for (key, _) in &limits {
                    self.forgive_try(moment, key).await?;
                }
                self.open_session(moment, agent).await
            }
            _ => Err(Problem::invalid(
                "login",
                "this login name and password do not go together",
            )),
        }
    }

    /// The session of a cookie, if it is still open.
    pub async fn session(&self, moment: &Moment, token: &str) -> Result<Option<Session>, Problem> {
        let key = hash(token);
        let Some(row) = self.tables.sessions.get(self.store(), &key).await? else {
            return Ok(None);
        };
        let record = &row.value;
        let Some(agent) = self.agent(record.agent).await? else {
            return Ok(None);
        };
        let over = moment.now.duration_since(record.seen) > IDLE
            || moment.now.duration_since(record.created) > LONGEST
            || record.generation != agent.generation
            || !agent.active;
        if over {
            self.end_session(key).await?;
            return Ok(None);
        }
        if moment.now.duration_since(record.seen) > TOUCH {
            let seen = SessionRecord {
                seen: moment.now,
                ..record.clone()
            };
            let mut batch = Batch::new();
            (self.tables.sessions).replace(&mut batch, &key, row.version, &seen);
            // Somebody else touching it at the same time is as good.
            let _ = self.store().commit(batch).await;
        }
        Ok(Some(Session {
            csrf: row.value.csrf.clone(),
            agent,
        }))
    }

    pub async fn logout(&self, token: &str) -> Result<(), Problem> {
        self.end_session(hash(token)).await
    }

    async fn open_session(&self, moment: &Moment, agent: Agent) -> Result<NewSession, Problem> {
        let token = BASE64URL_NOPAD.encode(&moment.bytes::<32>());
        let csrf = BASE64URL_NOPAD.encode(&moment.bytes::<32>());
        let record = SessionRecord {
            agent: agent.id,
            generation: agent.generation,
            csrf: csrf.clone(),
            created: moment.now,
            seen: moment.now,
        };
        let mut batch = Batch::new();
        (self.tables.sessions).insert(&mut batch, &hash(&token), &record);
        (self.tables.attempts).delete(&mut batch, &account_key(&agent.login));
        self.store().commit(batch).await?;
        Ok(NewSession { token, csrf, agent })
    }

    async fn end_session(&self, key: [u8; 32]) -> Result<(), Problem> {
        let mut batch = Batch::new();
        self.tables.sessions.delete(&mut batch, &key);
        self.store().commit(batch).await?;
        Ok(())
    }

    /// Counts a guess at the password of somebody who is logged in: whoever has got hold of their
    /// browser must not find it out there.
    pub(crate) async fn count_guess(&self, moment: &Moment, login: &str) -> Result<(), Problem> {
        self.count_try(moment, &account_key(login), TRIES_PER_ACCOUNT)
            .await
    }

    /// Counts one try, or refuses it when there were `most` of them lately.
    async fn count_try(&self, moment: &Moment, key: &String, most: usize) -> Result<(), Problem> {
        self.retrying(|| async move {
            let (row, mut times) = self.tries(moment, key).await?;
            if let Some(oldest) = times.len().checked_sub(most).map(|at| times[at]) {
                let wait = WINDOW - moment.now.duration_since(oldest);
                return Err(Problem::TooMany {
                    seconds: wait.as_secs().max(1).unsigned_abs(),
                });
            }
            times.push(moment.now);
            let mut batch = Batch::new();
            let (table, times) = (&self.tables.attempts, Attempts(times));
            match row {
                Some(version) => table.replace(&mut batch, key, version, &times),
                None => table.insert(&mut batch, key, &times),
            }
            Ok((batch, ()))
        })
        .await
    }

    /// A try with the right password was no guess.
    async fn forgive_try(&self, moment: &Moment, key: &String) -> Result<(), Problem> {
        self.retrying(|| async move {
            let (row, mut times) = self.tries(moment, key).await?;
            let (Some(version), Some(at)) = (row, times.iter().position(|&at| at == moment.now))
            else {
                return Ok((Batch::new(), ()));
            };
            times.remove(at);
            let mut batch = Batch::new();
            (self.tables.attempts).replace(&mut batch, key, version, &Attempts(times));
            Ok((batch, ()))
        })
        .await
    }

    /// The tries of late, oldest first, and the version of the row they stand in.
    async fn tries(
        &self,
        moment: &Moment,
        key: &String,
    ) -> Result<(Option<u64>, Vec<Timestamp>), Problem> {
        let row = self.tables.attempts.get(self.store(), key).await?;
        Ok(match row {
            Some(row) => (Some(row.version), recent(&row.value, moment.now)),
            None => (None, Vec::new()),
        })
    }
}

/// Under which keys a try is counted, and how many each may have.
fn limits(login: &str, peer: IpAddr) -> Vec<(String, usize)> {
    let mut limits = Vec::new();
    // A proxy on this machine lends everybody its address: one guesser would lock all out.
    if !peer.to_canonical().is_loopback() {
        limits.push((format!("peer {}", network(peer)), TRIES_PER_PEER));
    }
    // Last, so that a peer which is refused cannot lock the account for others.
    limits.push((account_key(login), TRIES_PER_ACCOUNT));
    limits
}

fn recent(attempts: &Attempts, now: Timestamp) -> Vec<Timestamp> {
    let mut times = attempts.0.clone();
    times.retain(|&at| now.duration_since(at) < WINDOW);
    // The list is bounded whatever happened to the clock.
    let surplus = times.len().saturating_sub(TRIES_PER_PEER);
    times.split_off(surplus)
}

/// Unknown names are counted too, under a hash so that an endless one fits a key.
fn account_key(login: &str) -> String {
    let name = login.trim().to_lowercase();
    format!("account {}", BASE64URL_NOPAD.encode(&hash(&name)))
}

/// An IPv6 customer has a /64 at least, so single addresses mean nothing there.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
        v4 => v4,
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestDesk;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const PASSWORD: &str = "a long password";

    async fn tries(desk: &TestDesk, limits: &[(String, usize)]) {
        for (key, most) in limits {
            (desk.desk.count_try(&desk.moment(), key, *most).await)
                .expect("a try within the limit");
        }
    }

    #[tokio::test]
    async fn right_password_opens_a_session_that_ends_with_logout() {
        let desk = TestDesk::new().await;
        let opened = desk
            .desk
            .login(&desk.moment(), " BEN ", PASSWORD, PEER)
            .await;
        let token = opened.unwrap().token;
        let session = desk.desk.session(&desk.moment(), &token).await.unwrap();
        assert_eq!(session.unwrap().agent.login, "ben");
        desk.desk.logout(&token).await.unwrap();
        let session = desk.desk.session(&desk.moment(), &token).await.unwrap();
        assert!(session.is_none());
    }

    #[tokio::test]
    async fn session_ends_when_idle_and_when_the_password_changes() {
        let desk = TestDesk::new().await;
        let opened = desk.desk.login(&desk.moment(), "ben", PASSWORD, PEER).await;
        let idle = opened.unwrap().token;
        desk.pass(SignedDuration::from_hours(13));
        assert!(
            desk.desk
                .session(&desk.moment(), &idle)
                .await
                .unwrap()
                .is_none()
        );
        let opened = desk.desk.login(&desk.moment(), "ben", PASSWORD, PEER).await;
        let token = opened.unwrap().token;
        (desk.desk)
            .change_password(&desk.moment(), desk.ben.id, PASSWORD, "another password")
            .await
            .unwrap();
        assert!(
            desk.desk
                .session(&desk.moment(), &token)
                .await
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test]
    async fn guessing_is_slowed_down_and_unknown_names_look_the_same() {
        let desk = TestDesk::new().await;
        let wrong = desk.desk.login(&desk.moment(), "ben", "wrong", PEER).await;
        let unknown = desk.desk.login(&desk.moment(), "zoe", "wrong", PEER).await;
        assert_eq!(wrong.err(), unknown.err());
        for _ in 0..9 {
            let _ = desk.desk.login(&desk.moment(), "ben", "wrong", PEER).await;
        }
        let locked = desk.desk.login(&desk.moment(), "ben", PASSWORD, PEER).await;
        assert!(matches!(locked.err(), Some(Problem::TooMany { .. })));
        desk.pass(SignedDuration::from_mins(16));
        assert!(
            desk.desk
                .login(&desk.moment(), "ben", PASSWORD, PEER)
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn guesses_at_the_same_moment_are_counted_one_by_one() {
        let desk = std::sync::Arc::new(TestDesk::new().await);
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..30 {
            let desk = desk.clone();
            guesses.spawn(async move {
                let moment = desk.moment();
                let guess = desk.desk.login(&moment, "ben", "wrong", PEER).await;
                matches!(guess.err(), Some(Problem::Invalid(_)))
            });
        }
        let looked_at = guesses.join_all().await.into_iter().filter(|&one| one);
        assert_eq!(looked_at.count(), TRIES_PER_ACCOUNT);
    }

    #[tokio::test]
    async fn an_open_session_is_no_place_to_guess_the_password() {
        let desk = TestDesk::new().await;
        let guess = async |old: &str| {
            let moment = desk.moment();
            (desk.desk)
                .change_password(&moment, desk.ben.id, old, "another password")
                .await
        };
        for _ in 0..TRIES_PER_ACCOUNT {
            assert!(matches!(guess("wrong").await, Err(Problem::Invalid(_))));
        }
        let refused = guess(PASSWORD).await;
        assert!(matches!(refused, Err(Problem::TooMany { .. })));
    }

    #[tokio::test]
    async fn one_guesser_behind_a_proxy_locks_nobody_else_out() {
        let desk = TestDesk::new().await;
        let elsewhere: IpAddr = "192.0.2.9".parse().unwrap();
        for n in 0..TRIES_PER_PEER {
            for peer in [PEER, elsewhere] {
                tries(&desk, &limits(&format!("nobody{n}"), peer)).await;
            }
        }
        let from = async |peer| desk.desk.login(&desk.moment(), "ben", PASSWORD, peer).await;
        assert!(from(PEER).await.is_ok());
        let refused = from(elsewhere).await.err();
        assert!(
            matches!(refused, Some(Problem::TooMany { .. })),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn right_passwords_are_no_guesses() {
        let desk = TestDesk::new().await;
        let office: IpAddr = "192.0.2.9".parse().unwrap();
        for _ in 1..TRIES_PER_PEER {
            tries(&desk, &limits("ben", office)[..1]).await;
        }
        for _ in 0..2 {
            let opened = desk
                .desk
                .login(&desk.moment(), "ben", PASSWORD, office)
                .await;
            assert!(opened.is_ok());
        }
    }
}
