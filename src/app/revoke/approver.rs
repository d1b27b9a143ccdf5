//! Revoking everything that one reviewer approved since a time: for approvals that cannot be believed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::two_persons::asked_by;
use super::{Verdict, carry_out, hold_of, parse_text};
use crate::app::authenticate::word;
use crate::app::confirmations::{self, Request};
use crate::app::keys::Acting;
use crate::app::record::{Actor, Happening, enqueue, record};
use crate::app::{App, Refusal, points};
use crate::domain::achievement::RevokeReason;
use crate::domain::confirmation::ConfirmationKind;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::job::Job;
use crate::domain::member::{Caller, Role};
use crate::storage::{ConfirmationRow, TenantTx};

/// How many credentials one transaction revokes.
const CHUNK: i64 = 50;

/// How much would fall.
#[derive(Clone, Debug)]
pub struct Affected {
    /// Credentials.
    pub credentials: i64,
    /// Portfolios that contain one.
    pub portfolios: i64,
    /// The second person who was asked, for fraud.
    pub confirmation: Option<ConfirmationRow>,
}

/// Revoke everything that a member approved since a time, in the background. Fraud takes a second person.
///
/// # Errors
/// `NotFound` for a stranger; `OwnItem` for one's own approvals; `Invalid` where nothing would fall.
pub async fn revoke_approvals(
    approver: MemberId,
    since: DateTime<Utc>,
    reason: RevokeReason,
    text: &str,
    revoker: &Caller,
    app: &App,
) -> Result<Affected, Refusal> {
    let text = parse_text(text)?;
    let mut tx = app.database.tenant(revoker.college).await?;
    tx.member(approver, app.now()).await?.ok_or(Refusal::NotFound)?;
    if approver == revoker.member {
        return Err(Refusal::OwnItem);
    }
    let (credentials, portfolios) = tx.count_approved_by(approver, since).await?;
    if credentials == 0 {
        return Err(Refusal::field(
            "since",
            "nothing",
            "They approved nothing since then that still stands.",
        ));
    }
    let mut affected = Affected { credentials, portfolios, confirmation: None };
    if reason == RevokeReason::Fraud {
        let request = Request {
            kind: ConfirmationKind::ApproverRevocation,
            subject: approver.0,
            details: json!({ "reason": reason, "since": since }),
            facts: json!({ "credentials": credentials, "portfolios": portfolios }),
            reason: &text,
        };
        let acting = Acting::from(revoker.clone());
        affected.confirmation = Some(confirmations::ask(request, &acting, &mut tx, app).await?);
    } else {
        let job = Job::RevokeApprovals { approver, since, reason, text, by: revoker.member };
        begin(job, revoker.into(), &mut tx, app).await?;
    }
    tx.commit().await?;
    Ok(affected)
}

/// How much would fall, for the second person to see.
pub(crate) async fn affected_by_approver(
    confirmation: &ConfirmationRow,
    tx: &mut TenantTx,
) -> Result<Value, Refusal> {
    let since = since(confirmation)?;
    let approver = MemberId(confirmation.subject_id);
    let (credentials, portfolios) = tx.count_approved_by(approver, since).await?;
    Ok(json!({ "credentials": credentials, "portfolios": portfolios }))
}

/// Begin, as two persons agreed.
pub(crate) async fn confirm_approver(
    confirmation: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let (by, actor) = asked_by(confirmation, acting)?;
    let job = Job::RevokeApprovals {
        approver: MemberId(confirmation.subject_id),
        since: since(confirmation)?,
        reason: word(confirmation.details["reason"].as_str().unwrap_or_default())?,
        text: confirmation.reason.clone(),
        by,
    };
    begin(job, actor, tx, app).await
}

/// Revoke the next chunk, and leave a job for the rest. Harmless when done twice: what is revoked is not found again.
pub(crate) async fn carry_on(job: Job, college: CollegeId, app: &App) -> Result<(), Refusal> {
    let Job::RevokeApprovals { approver, since, reason, ref text, by } = job else {
        return Err(Refusal::internal(anyhow::anyhow!("a job of another kind")));
    };
    let mut tx = app.database.tenant(college).await?;
    let ids = tx.credentials_approved_by(approver, since, CHUNK).await?;
    let actor = Actor { member: Some(by), role: Some(Role::CollegeAdmin) };
    let mut students = BTreeSet::new();
    for id in &ids {
        let (credential, held) = hold_of(*id, &mut tx, app).await?;
        if credential.status != "revoked" {
            carry_out(&credential, &held, Verdict { reason, text, by, actor }, &mut tx, app)
                .await?;
            students.insert(held.student());
        }
    }
    for student in students {
        points::recount(student, &mut tx, app).await?;
    }
    if !ids.is_empty() {
        enqueue(&job, &mut tx, app).await?;
    }
    Ok(tx.commit().await?)
}

async fn begin(job: Job, actor: Actor, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    if let Job::RevokeApprovals { approver, since, reason, text, .. } = &job {
        let facts = json!({ "approver": approver, "since": since, "reason": reason });
        let happening = Happening::in_college("approvals_revoked", facts);
        record(happening.saying(Some(text)), actor, tx, app).await?;
    }
    enqueue(&job, tx, app).await
}

fn since(confirmation: &ConfirmationRow) -> Result<DateTime<Utc>, Refusal> {
    serde_json::from_value(confirmation.details["since"].clone()).map_err(Refusal::internal)
}
