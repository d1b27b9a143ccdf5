//! Takes jobs from the queue, calls `app`, retries.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{
    App, Refusal, compare_lists, issuance_log, notifications, repeat, status_lists, unused_files,
    uploads, work,
};

/// How long to wait where nothing is due.
const IDLE: Duration = Duration::from_millis(250);
/// How long to wait after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often to look for what grew old, and to hold what is published against the record.
const REFRESH: Duration = Duration::from_secs(15 * 60);
/// How often to look for files that nobody names.
const SWEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Work until `stop` is cancelled; jobs under way are finished. Two jobs run side by side: while one waits for the
/// database, the other computes.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    // And a lane of its own for lists: a revocation is public within two seconds, whatever letters and batches are due.
    let publish = |app: Arc<App>| async move { work::publish_next(&app).await };
    let any = |app: Arc<App>| async move { work::do_next_inside(&app).await };
    // And lanes for what waits for somebody outside: a mail server that does not answer holds up letters alone.
    let send = |app: Arc<App>| async move { work::send_next(&app).await };
    tokio::join!(
        lane(publish, &app, &stop),
        lane(any, &app, &stop),
        lane(any, &app, &stop),
        lane(send, &app, &stop),
        lane(send, &app, &stop),
        look_after(&app, &stop),
        sweep(&app, &stop)
    );
}

async fn lane<Doing>(next: impl Fn(Arc<App>) -> Doing, app: &Arc<App>, stop: &CancellationToken)
where
    Doing: Future<Output = Result<bool, Refusal>> + Send + 'static,
{
    while !stop.is_cancelled() {
        let pause = step(next(app.clone())).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// What is due every so often.
async fn look_after(app: &Arc<App>, stop: &CancellationToken) {
    let mut due = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {
                if let Err(error) = status_lists::refresh_old(app).await {
                    tracing::warn!(%error, "old status lists were not looked for");
                }
                if let Err(error) = issuance_log::look_after(app).await {
                    tracing::warn!(%error, "the issuance logs were not looked after");
                }
                if let Err(error) = notifications::write_digests(app).await {
                    tracing::warn!(%error, "the daily letters were not looked after");
                }
                if let Err(error) = repeat::forget_old(app).await {
                    tracing::warn!(%error, "old idempotency keys were not forgotten");
                }
                if let Err(error) = uploads::forget_old(app).await {
                    tracing::warn!(%error, "abandoned uploads were not forgotten");
                }
                if let Err(error) = compare_lists::compare_all(app).await {
                    tracing::warn!(%error, "the published status lists were not compared with the record");
                }
            }
        }
    }
}

/// What is due once a day, and a while after the start.
async fn sweep(app: &Arc<App>, stop: &CancellationToken) {
    let mut due = tokio::time::interval_at(tokio::time::Instant::now() + REFRESH, SWEEP);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {
                if let Err(error) = unused_files::sweep(app).await {
                    tracing::warn!(%error, "files that nobody names were not swept");
                }
            }
        }
    }
}

async fn step(next: impl Future<Output = Result<bool, Refusal>> + Send + 'static) -> Duration {
    // On a task of its own, so that a job that was begun is not dropped half-way.
    let done = tokio::spawn(next).await;
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
