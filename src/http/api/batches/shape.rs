//! Batches as they go over the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::batch::{BatchView, Begun, RawRow};
use crate::app::rows::BatchRow;
use crate::domain::ids::{BatchId, CredentialId};

/// What to issue: either past approvals or credentials anew, at most 10,000.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchRequest {
    /// Past approvals to bring along.
    #[serde(default)]
    pub(super) items: Option<Vec<PastApproval>>,
    /// Credentials to issue anew with what the college's records say now: same address, same place in the status list.
    #[serde(default)]
    pub(super) reissue: Option<Vec<CredentialId>>,
}

/// An achievement that was approved before; a CSV file has these columns.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PastApproval {
    /// Your own name for it, once in a college: a row of a known reference is not issued again.
    reference: String,
    /// Roll number or address.
    student: String,
    /// Category code.
    category: String,
    title: String,
    #[serde(default)]
    description: String,
    organiser: String,
    #[serde(default)]
    role: Option<String>,
    /// `college`, `zonal`, `university`, `state`, `national` or `international`.
    #[serde(default)]
    level: Option<String>,
    /// `winner`, `runner_up`, `third`, `participant`, `completed` or `organizer`.
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    started_on: Option<String>,
    /// The last day, or the day of the award.
    ended_on: String,
    #[serde(default)]
    hours: Option<i32>,
    /// In a CSV file one cell, with semicolons between them.
    #[serde(default)]
    skills: Vec<String>,
    #[serde(default)]
    team: Option<String>,
    /// Address of the reviewer who approved; never the student.
    approver: String,
    /// The day of the approval.
    approved_on: String,
}

/// What came of sending a batch.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchBegun {
    /// Where it can be followed; none after a dry run.
    batch: Option<BatchId>,
    /// Rows to be issued.
    accepted: usize,
    /// Rows that stood in the hub already, with the same content.
    repeated: usize,
    /// Faults of the others.
    errors: Vec<BatchRowError>,
}

/// A fault of one row.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchRowError {
    /// Line of the file (the column names are line 1), or place in the list, from 1.
    row: u64,
    column: String,
    code: &'static str,
    detail: String,
}

/// A batch and how far it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Batch {
    id: Uuid,
    /// `past_approvals`, `reissue` or `key_replaced`.
    kind: String,
    /// `waiting`, `running` or `finished`.
    state: &'static str,
    total: i64,
    issued: i64,
    failed: i64,
    /// Revoked before their turn.
    skipped: i64,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

/// A batch with its speed and what of it failed.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchDetail {
    #[serde(flatten)]
    batch: Batch,
    /// Credentials issued in a second, since it was begun.
    rate: Option<f64>,
    /// What failed, at most a thousand.
    failures: Vec<BatchFailure>,
}

/// A row that was not issued.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchFailure {
    row: i32,
    reference: Option<String>,
    credential: Option<Uuid>,
    code: String,
    detail: String,
}

impl PastApproval {
    /// As the use case takes it, with its place in the list.
    pub(super) fn row(self, position: i32) -> RawRow {
        let item = self;
        RawRow {
            position,
            reference: item.reference,
            student: item.student,
            category: item.category,
            title: item.title,
            description: item.description,
            organiser: item.organiser,
            role: item.role.unwrap_or_default(),
            level: item.level.unwrap_or_default(),
            outcome: item.outcome.unwrap_or_default(),
            started_on: item.started_on.unwrap_or_default(),
            ended_on: item.ended_on,
            hours: item.hours.map(|hours| hours.to_string()).unwrap_or_default(),
            skills: item.skills,
            team: item.team.unwrap_or_default(),
            approver: item.approver,
            approved_on: item.approved_on,
        }
    }
}

impl From<Begun> for BatchBegun {
    fn from(begun: Begun) -> Self {
        let error = |error: crate::app::roster::RowError| BatchRowError {
            row: error.row,
            column: error.column,
            code: error.code,
            detail: error.detail,
        };
        Self {
            batch: begun.batch,
            accepted: begun.accepted,
            repeated: begun.repeated,
            errors: begun.errors.into_iter().map(error).collect(),
        }
    }
}

impl From<&BatchRow> for Batch {
    fn from(row: &BatchRow) -> Self {
        let state = match (row.started_at, row.finished_at) {
            (_, Some(_)) => "finished",
            (Some(_), None) => "running",
            (None, None) => "waiting",
        };
        Self {
            id: row.id,
            kind: row.kind.clone(),
            state,
            total: row.total,
            issued: row.issued,
            failed: row.failed,
            skipped: row.skipped,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<BatchView> for BatchDetail {
    fn from(view: BatchView) -> Self {
        let row = &view.row;
        let seconds = row
            .started_at
            .map(|start| (row.finished_at.unwrap_or(view.now) - start).as_seconds_f64())
            .filter(|seconds| *seconds > 0.0);
        let failures = view.failures.into_iter().map(|item| BatchFailure {
            row: item.position,
            reference: item.reference,
            credential: item.credential,
            code: item.code,
            detail: item.detail,
        });
        Self {
            batch: Batch::from(row),
            rate: seconds.map(|seconds| row.issued as f64 / seconds),
            failures: failures.collect(),
        }
    }
}
