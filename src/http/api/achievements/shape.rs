//! The shapes of an achievement in JSON.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::known;
use crate::app::achievements::AchievementView;
use crate::app::rows::{AchievementRow, CredentialRow, DecisionRow, EvidenceRow, StandingRow};
use crate::app::{Refusal, decide, submit};
use crate::domain::achievement::{Action, Status};
use crate::domain::particulars::Particulars;
use crate::http::extract::etag;

/// An achievement in a list.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct AchievementSummary {
    id: Uuid,
    etag: String,
    status: String,
    title: String,
    category: CategoryBrief,
    level: Option<String>,
    outcome: Option<String>,
    ended_on: Option<NaiveDate>,
    updated_at: DateTime<Utc>,
    submitted_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    evidence_count: i64,
    thumbnail_url: Option<String>,
    student: StudentBrief,
    /// `duplicate_file`, `overdue`.
    warnings: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
struct CategoryBrief {
    code: String,
    name: String,
    icon: String,
}

#[derive(Serialize, ToSchema)]
struct StudentBrief {
    id: Uuid,
    full_name: String,
    full_name_native: Option<String>,
    roll_number: String,
    department: String,
}

/// An achievement with all that the caller may see.
#[derive(Serialize, ToSchema)]
#[schema(as = Achievement)]
pub(in crate::http::api) struct AchievementResponse {
    #[serde(flatten)]
    summary: AchievementSummary,
    description: String,
    organiser: String,
    role: Option<String>,
    started_on: Option<NaiveDate>,
    hours: Option<i32>,
    skills: Vec<String>,
    team: Option<String>,
    team_id: Option<Uuid>,
    /// What only some categories ask for.
    particulars: Particulars,
    /// Number of the shown revision: the open one, else the live one, else the last closed one.
    revision: i32,
    /// Number of the live revision, which may stand beside the shown one.
    live_revision: Option<i32>,
    /// Of the shown revision.
    approvals: Approvals,
    /// One of two reviewers approved it.
    awaiting_second: bool,
    /// Who says that they are reviewing it.
    claim: Option<Claim>,
    evidence: Vec<Evidence>,
    /// What the caller may do now.
    allowed: Vec<Action>,
    last_decision: Option<LastDecision>,
    credential: Option<CredentialInfo>,
    /// Approved achievements of this student.
    previous_approvals: i64,
    /// What stands between the draft and its submission.
    missing: Vec<String>,
}

/// A file of evidence.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct Evidence {
    id: Uuid,
    name: String,
    media_type: String,
    /// Octets.
    size: i64,
    /// Of the original, hexadecimal.
    sha256: String,
    caption: Option<String>,
    content_url: String,
    thumb_url: String,
    pages: Option<i32>,
    /// What it is, as the student says.
    kind: Option<String>,
    /// The same bytes stand at another achievement of the college.
    duplicate: bool,
}

#[derive(Serialize, ToSchema)]
struct Approvals {
    given: usize,
    needed: i32,
}

/// Advice to others, for fifteen minutes.
#[derive(Serialize, ToSchema)]
struct Claim {
    by: String,
    by_id: Uuid,
    until: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct LastDecision {
    id: Uuid,
    action: String,
    by: String,
    /// Whose queue it was, where it was not their own.
    on_behalf_of: Option<String>,
    at: DateTime<Utc>,
    comment: Option<String>,
    reason: Option<String>,
    checklist: Vec<String>,
    /// Of a proposal: `{"title": {"from": …, "to": …}}`.
    #[schema(value_type = Option<Object>, example = json!({ "title": { "from": "Winner", "to": "Runner-up" } }))]
    changes: Option<serde_json::Value>,
    /// Until when the caller may take it back.
    undo_until: Option<DateTime<Utc>>,
}

/// The credential of an approved achievement.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct CredentialInfo {
    id: Uuid,
    /// Path of its public address on this hub.
    url: String,
    /// `pending_issue`, `active`, `revoked`, `superseded`.
    status: String,
    issued_at: DateTime<Utc>,
    /// `public`, `unlisted`, `closed`.
    visibility: String,
    revoked_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

impl AchievementSummary {
    pub(in crate::http::api) fn from_row(row: &AchievementRow, now: DateTime<Utc>) -> Self {
        let overdue =
            row.status == Status::Submitted.as_str() && row.due_at.is_some_and(|due| due < now);
        let warnings = [(row.duplicate, "duplicate_file"), (overdue, "overdue")];
        Self {
            id: row.id,
            etag: etag(row.version),
            status: row.status.clone(),
            title: row.title.clone(),
            category: CategoryBrief {
                code: row.category_code.clone(),
                name: row.category_name.clone(),
                icon: row.category_icon.clone(),
            },
            level: row.level.clone(),
            outcome: row.outcome.clone(),
            ended_on: row.ended_on,
            updated_at: row.updated_at,
            submitted_at: row.submitted_at,
            due_at: row.due_at,
            evidence_count: row.evidence_count,
            thumbnail_url: row.first_evidence.map(|id| format!("/api/evidence/{id}/thumb")),
            student: StudentBrief {
                id: row.student_id,
                full_name: row.student_name.clone(),
                full_name_native: row.student_name_native.clone(),
                roll_number: row.roll_number.clone().unwrap_or_default(),
                department: row.department_name.clone(),
            },
            warnings: warnings
                .into_iter()
                .filter_map(|(holds, word)| holds.then_some(word))
                .collect(),
        }
    }
}

impl AchievementResponse {
    pub(in crate::http::api) fn from_view(view: &AchievementView) -> Result<Self, Refusal> {
        let row = &view.row;
        let draft = known::<Status>(&row.status)? == Status::Draft;
        let missing = submit::missing(row, &view.standing, &view.evidence);
        let missing = missing.into_iter().map(|(_, sentence)| sentence).collect();
        Ok(Self {
            summary: AchievementSummary::from_row(row, view.now),
            description: row.description.clone(),
            organiser: row.organiser.clone(),
            role: row.role.clone(),
            started_on: row.started_on,
            hours: row.hours,
            skills: row.skills.clone(),
            team: row.team.clone(),
            team_id: row.team_id,
            particulars: Particulars::read(&row.particulars),
            revision: row.revision,
            live_revision: view.standing.live,
            approvals: Approvals {
                given: view.standing.approvers.len(),
                needed: view.standing.approvals_needed,
            },
            awaiting_second: row.status == Status::Submitted.as_str()
                && !view.standing.approvers.is_empty(),
            claim: Claim::from_standing(&view.standing),
            evidence: view.evidence.iter().map(Evidence::from).collect(),
            allowed: view.allowed.clone(),
            last_decision: view
                .last_decision
                .as_ref()
                .map(|decision| LastDecision::from_row(decision, decide::undo_until(view))),
            credential: view.credential.as_ref().map(CredentialInfo::from),
            previous_approvals: view.previous_approvals,
            missing: if draft { missing } else { Vec::new() },
        })
    }
}

impl From<&EvidenceRow> for Evidence {
    fn from(row: &EvidenceRow) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            media_type: row.media_type.clone(),
            size: row.size,
            sha256: hex::encode(&row.sha256),
            caption: row.caption.clone(),
            content_url: format!("/api/evidence/{}/content", row.id),
            thumb_url: format!("/api/evidence/{}/thumb", row.id),
            pages: row.pages,
            kind: row.kind.clone(),
            duplicate: row.duplicate,
        }
    }
}

impl Claim {
    fn from_standing(standing: &StandingRow) -> Option<Self> {
        Some(Self {
            by: standing.claimed_by_name.clone()?,
            by_id: standing.claimed_by?,
            until: standing.claimed_until?,
        })
    }
}

impl LastDecision {
    fn from_row(row: &DecisionRow, undo_until: Option<DateTime<Utc>>) -> Self {
        Self {
            id: row.id,
            action: row.action.clone(),
            by: row.decided_by_name.clone(),
            on_behalf_of: row.on_behalf_of_name.clone(),
            at: row.decided_at,
            comment: row.comment.clone(),
            reason: row.reason.clone(),
            checklist: row.checklist.clone(),
            changes: row.changes.clone(),
            undo_until,
        }
    }
}

impl From<&CredentialRow> for CredentialInfo {
    fn from(row: &CredentialRow) -> Self {
        Self {
            id: row.id,
            url: row.document.as_deref().and_then(address_of).unwrap_or_default(),
            status: row.status.clone(),
            issued_at: row.issued_at.unwrap_or(row.created_at),
            visibility: row.visibility.clone(),
            revoked_at: row.revoked_at,
            reason: row.revoke_reason.clone(),
        }
    }
}

/// A signed document knows its own address.
fn address_of(document: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(document).ok()?["id"].as_str().map(str::to_owned)
}
