//! Passwords: argon2id, and a semaphore so that a flood of logins cannot eat the machine.

use crate::Problem;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

/// Hashing a long password costs; nobody types a kilobyte (SECURITY §3c, brute force).
const LONGEST: usize = 1024;
const SHORTEST: usize = 10;
/// Each job takes 19 MiB and tens of milliseconds of a core.
static JOBS: Semaphore = Semaphore::const_new(2);

/// The stored form, `$argon2id$…`, of a password that somebody chose.
pub async fn hash(password: &str) -> Result<String, Problem> {
    if password.chars().count() < SHORTEST {
        return Err(Problem::invalid(
            "password",
            format!("a password has at least {SHORTEST} characters"),
        ));
    }
    if password.len() > LONGEST {
        return Err(Problem::invalid(
            "password",
            format!("a password has at most {LONGEST} bytes"),
        ));
    }
    let password = password.to_owned();
    work(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| Problem::Store(format!("cannot hash a password: {error}")))
    })
    .await?
}

/// Whether `password` is the one behind `stored`. With nothing stored the answer is no, after the
/// same work, so that the time does not tell which accounts exist.
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool, Problem> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let password = password.to_owned();
    let known = stored.is_some();
    let stored = stored.unwrap_or(NOBODYS).to_owned();
    let matches = work(move || {
        PasswordHash::new(&stored)
            .map(|hash| Argon2::default().verify_password(password.as_bytes(), &hash))
            .is_ok_and(|verdict| verdict.is_ok())
    })
    .await?;
    Ok(matches && known)
}

async fn work<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let _turn = JOBS.acquire().await.map_err(|_| Problem::Busy)?;
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|error| Problem::Store(error.to_string()))
}

/// A well-formed hash with the default parameters that no password is known for.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cyBzYWx0IQ$\
                       BTsYwmVZyEyHwkg4kR9VvxYBUYzFrAfOnEiLB0CJx3Y";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens() {
        let stored = hash("correct horse").await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(&stored)).await.unwrap());
        assert!(!verify("correct horsf", Some(&stored)).await.unwrap());
        assert!(!verify("correct horse", Some("damaged")).await.unwrap());
        assert!(!verify("", None).await.unwrap());
    }

    #[tokio::test]
    async fn short_and_endless_passwords_are_refused() {
        assert!(hash("short").await.is_err());
        assert!(hash(&"x".repeat(LONGEST + 1)).await.is_err());
        assert!(!verify(&"x".repeat(1 << 20), None).await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_a_real_one() {
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }
}
