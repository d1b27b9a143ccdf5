//! Doing the jobs: after-effects of acts, and what is due every day.

use chrono::Duration;

use super::{
    App, Refusal, batch, issuance_log, issue, points, portfolio, revoke, seals, status_lists,
};
use crate::domain::ids::CollegeId;
use crate::domain::job::Job;
use crate::storage::JobRow;

/// A job that failed this often is given up and stays for somebody to look at.
const MAX_ATTEMPTS: i32 = 8;
/// The kind of [`Job::PublishStatusList`].
const PUBLISH: &str = "publish_status_list";

/// Do one job that is due. True where there was one.
pub async fn do_next(app: &App) -> Result<bool, Refusal> {
    do_next_of(None, app).await
}

/// Publish one status list that is due. True where there was one. A worker that does nothing else keeps revocations
/// from waiting behind letters and batches.
pub async fn publish_next(app: &App) -> Result<bool, Refusal> {
    do_next_of(Some(PUBLISH), app).await
}

async fn do_next_of(kind: Option<&str>, app: &App) -> Result<bool, Refusal> {
    let Some(row) = app.database.take_job(kind, app.now()).await? else { return Ok(false) };
    match perform(&row, app).await {
        Ok(()) => app.database.finish_job(row.id).await?,
        Err(error) => {
            let reason = describe(&error);
            let retry_at = (row.attempts < MAX_ATTEMPTS).then(|| app.now() + backoff(row.attempts));
            tracing::warn!(job = %row.id, kind = row.kind, attempt = row.attempts, reason, "a job failed");
            app.database.fail_job(row.id, &reason, retry_at, app.now()).await?;
        }
    }
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

async fn perform(row: &JobRow, app: &App) -> Result<(), Refusal> {
    let job: Job = serde_json::from_value(row.payload.clone()).map_err(Refusal::internal)?;
    let college = row
        .college_id
        .map(CollegeId)
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("a job names no college")))?;
    match job {
        Job::SendMail { to, language, letter } => {
            app.mailer.send(&to, language, &letter).await.map_err(Refusal::internal)
        }
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
}

/// 2, 4, 8 … seconds.
fn backoff(attempts: i32) -> Duration {
    Duration::seconds(1 << attempts.clamp(1, 10))
}

fn describe(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Internal(error) => format!("{error:#}"),
        other => other.to_string(),
    }
}
