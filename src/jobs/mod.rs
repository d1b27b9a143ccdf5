//! Takes jobs from the queue, calls `app`, retries.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{App, repeat, status_lists, work};

/// How long to wait where nothing is due.
const IDLE: Duration = Duration::from_millis(250);
/// How long to wait after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often to look for lists that grew old.
const REFRESH: Duration = Duration::from_secs(15 * 60);

/// Work until `stop` is cancelled; a job under way is finished.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut refresh = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = refresh.tick() => {
                if let Err(error) = status_lists::refresh_old(&app).await {
                    tracing::warn!(%error, "old status lists were not looked for");
                }
                if let Err(error) = repeat::forget_old(&app).await {
                    tracing::warn!(%error, "old idempotency keys were not forgotten");
                }
            }
            pause = step(&app) => tokio::time::sleep(pause).await,
        }
    }
}

async fn step(app: &Arc<App>) -> Duration {
    let owned = app.clone();
    // On a task of its own, so that a job that was begun is not dropped half-way.
    let done = tokio::spawn(async move { work::do_next(&owned).await }).await;
    match done {
        Ok(Ok(true)) => Duration::ZERO,
        Ok(Ok(false)) => IDLE,
        Ok(Err(error)) => {
            tracing::warn!(%error, "no job could be taken");
            AFTER_FAILURE
        }
        Err(error) => {
            tracing::error!(%error, "a job panicked");
            AFTER_FAILURE
        }
    }
}
