//! Guesses at passwords and codes are counted, in the database and so for every process.
//!
//! An account is guessed at ten times in a quarter of an hour from places it was never opened from, all of
//! them together. Each place it was opened from has ten of its own: whoever guesses from elsewhere never locks
//! the owner out at home. A right guess is not counted. Unknown accounts are counted the same way.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use super::one_time::Secret;
use super::{App, Refusal};
use crate::domain::ids::{MemberId, SessionId};

/// Guesses in [`WINDOW`].
const MOST: i64 = 10;
/// A quarter of an hour.
const WINDOW: Duration = Duration::minutes(15);
/// How long an address is known.
const ADDRESS_KNOWN: Duration = Duration::days(90);
/// How long a device is known.
const DEVICE_KNOWN: Duration = Duration::days(365);

/// From where and how somebody comes to log in.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// `web` for a refresh token as a cookie, or empty.
    pub client: String,
    /// Network address.
    pub address: Option<IpAddr>,
    /// `User-Agent`, as sent.
    pub agent: String,
    /// What the hub gave this device at a log-in before.
    pub device: Option<String>,
}

/// A guess that was counted.
#[must_use = "a right guess is taken back"]
pub(crate) struct Attempt {
    bucket: [u8; 32],
    at: DateTime<Utc>,
}

impl Attempt {
    /// It was right.
    pub(crate) async fn take_back(self, app: &App) -> Result<(), Refusal> {
        Ok(app.database.forget_attempt(&self.bucket, self.at).await?)
    }
}

/// Count a guess at the password of an account, by the key of its address.
///
/// # Errors
/// `RateLimited` where there were too many.
pub(crate) async fn attempt_on_account(
    account: &str,
    visit: &Visit,
    app: &App,
) -> Result<Attempt, Refusal> {
    let now = app.now();
    let device = visit.device.as_deref().map(|device| device_place(account, device));
    let address = visit.address.map(|address| address_place(account, address));
    let asked: Vec<Vec<u8>> = device.iter().chain(&address).map(|place| place.to_vec()).collect();
    let known = app.database.known_places(&asked, now - DEVICE_KNOWN).await?;
    let recent = app.database.known_places(&asked, now - ADDRESS_KNOWN).await?;
    let place = device
        .filter(|place| known.iter().any(|known| known == place))
        .or(address.filter(|place| recent.iter().any(|known| known == place)));
    match place {
        Some(place) => attempt(place, app).await,
        None => attempt(bucket("account", &[account.as_bytes()]), app).await,
    }
}

/// Count a guess at a member's codes.
pub(crate) async fn attempt_on_codes(member: MemberId, app: &App) -> Result<Attempt, Refusal> {
    attempt(bucket("codes", &[member.0.as_bytes()]), app).await
}

/// Count a guess at a password from inside a session.
pub(crate) async fn attempt_in_session(session: SessionId, app: &App) -> Result<Attempt, Refusal> {
    attempt(bucket("session", &[session.0.as_bytes()]), app).await
}

/// The account was opened from here; gives what its device shows the next time.
pub(crate) async fn remember(account: &str, visit: &Visit, app: &App) -> Result<Secret, Refusal> {
    let now = app.now();
    let device = match &visit.device {
        Some(device) if Secret::is_one(device) => Secret::again(device),
        Some(_) | None => Secret::draw(app),
    };
    let address = visit.address.map(|address| address_place(account, address).to_vec());
    let places: Vec<Vec<u8>> =
        address.into_iter().chain([device_place(account, device.reveal()).to_vec()]).collect();
    app.database.remember_places(&places, now, now - DEVICE_KNOWN).await?;
    Ok(device)
}

async fn attempt(bucket: [u8; 32], app: &App) -> Result<Attempt, Refusal> {
    let at = app.now();
    match app.database.count_attempt(&bucket, MOST, WINDOW, at).await? {
        Ok(()) => Ok(Attempt { bucket, at }),
        Err(free_at) => {
            let wait = (free_at - at).num_seconds() + 1;
            Err(Refusal::RateLimited { retry_after: u64::try_from(wait).unwrap_or(1) })
        }
    }
}

fn device_place(account: &str, device: &str) -> [u8; 32] {
    bucket("device", &[account.as_bytes(), device.as_bytes()])
}

/// An address of version 6 by its first half: the rest is the device's own choice (RFC 4291 §2.5.4, RFC 8981).
fn address_place(account: &str, address: IpAddr) -> [u8; 32] {
    match address.to_canonical() {
        IpAddr::V4(address) => bucket("address", &[account.as_bytes(), &address.octets()]),
        IpAddr::V6(address) => bucket("address", &[account.as_bytes(), &address.octets()[..8]]),
    }
}

/// Each part with its length before it: no two mean the same bytes.
fn bucket(kind: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix(b"smart-student-hub attempts ");
    for part in std::iter::once(&kind.as_bytes()).chain(parts) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_of_one_account_and_an_address_of_version_6_counts_by_its_half() {
        let address = |text: &str| address_place("a@b.example", text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("192.0.2.1"), address("::ffff:192.0.2.1"));
        let other = address_place("b@b.example", "192.0.2.1".parse().unwrap());
        assert_ne!(address("192.0.2.1"), other);
        assert_ne!(bucket("a", &[b"b", b"c"]), bucket("a", &[b"bc", b""]));
    }
}
