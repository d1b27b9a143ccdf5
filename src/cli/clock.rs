//! Where time comes from: the machine, or the past, while a demo is being made.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Microseconds that the hub's clock is behind.
static BEHIND: AtomicI64 = AtomicI64::new(0);

tokio::task_local! {
    static THEN: DateTime<Utc>;
}

/// Now.
#[expect(clippy::disallowed_methods, reason = "the one place where the hub reads the clock")]
pub(super) fn now() -> DateTime<Utc> {
    THEN.try_with(|then| *then)
        .unwrap_or_else(|_| Utc::now() - TimeDelta::microseconds(BEHIND.load(Ordering::Relaxed)))
}

/// Let the whole hub live some time ago; zero for the present.
pub(super) fn set_behind(by: TimeDelta) {
    BEHIND.store(by.num_microseconds().unwrap_or(0), Ordering::Relaxed);
}

/// Let one task act at a moment of the past.
pub(super) async fn at<T>(then: DateTime<Utc>, act: impl Future<Output = T>) -> T {
    THEN.scope(then, act).await
}
