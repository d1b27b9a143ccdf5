//! Doing the jobs: after-effects of acts, and what is due every day.

use chrono::Duration;

use super::{
    App, Refusal, batch, issuance_log, issue, measure, notifications, points, portfolio, push,
    revoke, seals, status_lists,
};
use crate::domain::ids::CollegeId;
use crate::domain::job::Job;
use crate::mailer::SendError;
use crate::storage::JobRow;

/// A job that failed this often is given up and stays for somebody to look at.
const MAX_ATTEMPTS: i32 = 8;
/// The same for letters: with an hour at most between, for five days (RFC 5321 §4.5.4.1).
const MAX_ATTEMPTS_TO_MAIL: i32 = 130;
/// The kind of [`Job::PublishStatusList`].
const PUBLISH: &str = "publish_status_list";
/// The kinds that wait for somebody outside to answer.
const OUTGOING: [&str; 2] = [MAIL, "push"];
/// The kind of [`Job::SendMail`].
const MAIL: &str = "send_mail";

/// Why a job is not done.
pub(super) enum Failure {
    /// It may go the next time.
    Later(Refusal),
    /// It never will.
    ForGood(Refusal),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Later(refusal)
    }
}

/// Do one job that is due. True where there was one.
pub async fn do_next(app: &App) -> Result<bool, Refusal> {
    do_next_of(&[], &[], app).await
}

/// Publish one status list that is due. True where there was one. A worker that does nothing else keeps revocations
/// from waiting behind letters and batches.
pub async fn publish_next(app: &App) -> Result<bool, Refusal> {
    do_next_of(&[PUBLISH], &[], app).await
}

/// Do one job that is due and waits for nobody outside. True where there was one.
pub async fn do_next_inside(app: &App) -> Result<bool, Refusal> {
    do_next_of(&[], &OUTGOING, app).await
}

/// Send one letter or push that is due. True where there was one. A worker that does nothing else keeps a mail server
/// that is away from holding everything up.
pub async fn send_next(app: &App) -> Result<bool, Refusal> {
    do_next_of(&OUTGOING, &[], app).await
}

async fn do_next_of(only: &[&str], never: &[&str], app: &App) -> Result<bool, Refusal> {
    let Some(row) = app.database.take_job(only, never, app.now()).await? else { return Ok(false) };
    let (error, again) = match perform(&row, app).await {
        Ok(()) => {
            measure::count_job(&row.kind, "done");
            app.database.finish_job(row.id).await?;
            return Ok(true);
        }
        Err(Failure::Later(error)) => (error, row.attempts < most_attempts(&row.kind)),
        Err(Failure::ForGood(error)) => (error, false),
    };
    measure::count_job(&row.kind, "failed");
    let reason = describe(&error);
    let retry_at = again.then(|| app.now() + backoff(row.attempts));
    tracing::warn!(job = %row.id, kind = row.kind, attempt = row.attempts, again, reason, "a job failed");
    app.database.fail_job(row.id, &reason, retry_at, app.now()).await?;
    Ok(true)
}

/// Do every job that is due or becomes due within `ahead`.
pub async fn drain(app: &App) -> Result<usize, Refusal> {
    let mut done = 0;
    while do_next(app).await? {
        done += 1;
    }
    Ok(done)
}

async fn perform(row: &JobRow, app: &App) -> Result<(), Failure> {
    let job: Job = serde_json::from_value(row.payload.clone()).map_err(Refusal::internal)?;
    let college = row
        .college_id
        .map(CollegeId)
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("a job names no college")))?;
    match job {
        Job::SendMail { to, language, letter } => {
            return app.mailer.send(row.id, &to, language, &letter).await.map_err(undelivered);
        }
        Job::Push { notice, subscription } => {
            return push::push(notice, subscription, college, app).await;
        }
        Job::Announce { notice } => push::announce(notice, college, app).await,
        Job::WriteDigests {} => notifications::write_due(college, app).await,
        Job::PublishStatusList { list, number } => {
            status_lists::publish(college, &list, number, app).await
        }
        Job::IssueWaiting { after } => issue::issue_waiting(college, after, app).await,
        Job::RunBatch { batch, lane } => batch::run(college, batch, lane, app).await,
        Job::ExportPortfolio { portfolio } => {
            portfolio::perform(portfolio, row.attempts, college, app).await
        }
        Job::RevokeApprovals { .. } => revoke::carry_on(job, college, app).await,
        Job::DestroyKey { key } => seals::destroy(college, key, app).await,
        Job::CountPoints { after } => points::carry_on(college, after, app).await,
        Job::PublishCheckpoint {} => issuance_log::publish(college, app).await,
        Job::StampCheckpoint {} => issuance_log::stamp(college, app).await,
    }
    .map_err(Failure::Later)
}

fn undelivered(error: SendError) -> Failure {
    match error {
        SendError::Refused(_) => Failure::ForGood(Refusal::internal(error)),
        SendError::Unreachable(_) => Failure::Later(Refusal::internal(error)),
    }
}

fn most_attempts(kind: &str) -> i32 {
    if kind == MAIL { MAX_ATTEMPTS_TO_MAIL } else { MAX_ATTEMPTS }
}

/// 2, 4, 8 … seconds, up to an hour.
fn backoff(attempts: i32) -> Duration {
    Duration::seconds(1 << attempts.clamp(1, 12)).min(Duration::hours(1))
}

fn describe(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Internal(error) => format!("{error:#}"),
        other => other.to_string(),
    }
}
