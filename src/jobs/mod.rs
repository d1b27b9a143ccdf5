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

/// Work until `stop` is cancelled; jobs under way are finished. Two jobs run side by side: while one waits for the
/// database, the other computes.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    tokio::join!(refresh(&app, &stop), work_on(&app, &stop), work_on(&app, &stop));
}

async fn refresh(app: &App, stop: &CancellationToken) {
    let mut due = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {
                if let Err(error) = status_lists::refresh_old(app).await {
                    tracing::warn!(%error, "old status lists were not looked for");
                }
                if let Err(error) = repeat::forget_old(&app).await {
                    tracing::warn!(%error, "old idempotency keys were not forgotten");
                }
            }
        }
    }
}

async fn work_on(app: &Arc<App>, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let pause = step(app).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
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
