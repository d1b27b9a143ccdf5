//! Passwords: argon2id on blocking threads, at most one per core at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// How long a log-in may stand in the queue before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and checks passwords without letting a crowd eat the memory.
#[derive(Clone, Debug)]
pub(crate) struct PasswordHasher {
    turns: Arc<Semaphore>,
    dummy: Arc<str>,
}

impl PasswordHasher {
    /// As many at a time as there are cores.
    pub(crate) fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let dummy = hash("the password of nobody").expect("fixed parameters are valid");
        Self { turns: Arc::new(Semaphore::new(cores)), dummy: dummy.into() }
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.in_turn(move || hash(&password)).await?.map_err(Refusal::internal)
    }

    /// Whether the password fits; without a hash the same work is done and the answer is no,
    /// so that an unknown address takes as long as a known one.
    pub(crate) async fn fits(
        &self,
        password: String,
        phc: Option<String>,
    ) -> Result<bool, Refusal> {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.dummy.to_string());
        let fits = self.in_turn(move || fits(&password, &phc)).await?;
        Ok(known && fits)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Refusal::Busy)?.expect("the semaphore is never closed");
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(Refusal::internal)
    }
}

fn argon2id() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("fixed parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(argon2id().hash_password(password.as_bytes())?.to_string())
}

fn fits(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc)
        .is_ok_and(|hash| argon2id().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_has_none() {
        let hasher = PasswordHasher::for_this_machine();
        let phc = hasher.hash("a quiet village lane".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.fits("a quiet village lane".into(), Some(phc.clone())).await.unwrap());
        assert!(!hasher.fits("a quiet village road".into(), Some(phc)).await.unwrap());
        assert!(!hasher.fits("the password of nobody".into(), None).await.unwrap());
    }
}
