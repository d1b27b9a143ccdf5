//! Rates: token buckets by address and by account.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::app::Refusal;
use crate::domain::ids::MemberId;

/// The buckets of this process.
pub(super) struct Limits {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<String>,
    verify: DefaultKeyedRateLimiter<IpAddr>,
    batch: DefaultKeyedRateLimiter<IpAddr>,
    receipt: DefaultKeyedRateLimiter<IpAddr>,
    preview: DefaultKeyedRateLimiter<MemberId>,
}

impl Limits {
    /// Log-in and the like: 120 a minute and address, since a whole campus may share one; 10 in a quarter of an hour and
    /// account. Verification: 20 a second and address; of many at once, one batch every two seconds,
    /// five in a row; receipts, one a second, 20 in a row. Previews of a portfolio: one every two seconds and student, 15 at once.
    pub(super) fn new() -> Self {
        let number = |n: u32| NonZeroU32::new(n).expect("not zero");
        let account =
            Quota::with_period(Duration::from_secs(90)).expect("not zero").allow_burst(number(10));
        Self {
            by_address: RateLimiter::keyed(Quota::per_minute(number(120)).allow_burst(number(240))),
            by_account: RateLimiter::keyed(account),
            verify: RateLimiter::keyed(Quota::per_second(number(20)).allow_burst(number(100))),
            batch: RateLimiter::keyed(Quota::per_minute(number(30)).allow_burst(number(5))),
            receipt: RateLimiter::keyed(Quota::per_minute(number(60)).allow_burst(number(20))),
            preview: RateLimiter::keyed(Quota::per_minute(number(30)).allow_burst(number(15))),
        }
    }

    /// One attempt that guesses at secrets, from this address.
    pub(super) fn attempt_from(&self, peer: SocketAddr) -> Result<(), Refusal> {
        take(&self.by_address, &peer.ip())
    }

    /// One attempt on this account.
    pub(super) fn attempt_on(&self, account: &str) -> Result<(), Refusal> {
        take(&self.by_account, &account.to_lowercase())
    }

    /// One public verification from this address.
    pub(super) fn verify_from(&self, peer: SocketAddr) -> Result<(), Refusal> {
        take(&self.verify, &peer.ip())
    }

    /// One batch of verifications from this address.
    pub(super) fn verify_batch_from(&self, peer: SocketAddr) -> Result<(), Refusal> {
        take(&self.batch, &peer.ip())
    }

    /// One receipt for this address: signing and printing cost more than checking.
    pub(super) fn receipt_for(&self, peer: SocketAddr) -> Result<(), Refusal> {
        take(&self.receipt, &peer.ip())
    }

    /// One preview for this student.
    pub(super) fn preview_by(&self, student: MemberId) -> Result<(), Refusal> {
        take(&self.preview, &student)
    }
}

fn take<K: Clone + std::hash::Hash + Eq>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Refusal> {
    limiter.check_key(key).map_err(|full| {
        let wait = full.wait_time_from(DefaultClock::default().now());
        Refusal::RateLimited { retry_after: wait.as_secs() + 1 }
    })
}
