//! Figures for whoever runs the hub: counted where things happen, or sampled when somebody looks. They name no college
//! and no person.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use metrics::{counter, gauge};

use super::issue::Origin;
use super::{App, Refusal};
use crate::credential::verify::Verdict;

/// Samples what stands in the database and in this process.
#[derive(Default)]
pub struct Sampler {
    /// Kinds of jobs that were there once: they are told as none when they are gone.
    kinds: Mutex<BTreeSet<String>>,
}

impl Sampler {
    /// Set every gauge to what is now.
    ///
    /// # Errors
    /// The database does not answer; what needs no database is set all the same.
    pub async fn sample(&self, app: &App) -> Result<(), Refusal> {
        let (open, idle) = app.database.connections();
        gauge!("hub_database_connections", "state" => "idle").set(idle as f64);
        gauge!("hub_database_connections", "state" => "used")
            .set((open as usize).saturating_sub(idle) as f64);
        for (purpose, busy, all) in app.renderer.load() {
            gauge!("hub_render_workers_busy", "purpose" => purpose).set(busy as f64);
            gauge!("hub_render_workers", "purpose" => purpose).set(all as f64);
        }
        let now = app.now();
        let counts = app.database.count_jobs_by_kind(now).await?;
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.extend(counts.iter().map(|count| count.kind.clone()));
        for kind in kinds.iter() {
            let found = counts.iter().find(|count| count.kind == *kind);
            let age =
                found.and_then(|count| count.oldest_due).map_or(0.0, |due| seconds(now - due));
            let (waiting, failed) = found.map_or((0, 0), |count| (count.waiting, count.failed));
            gauge!("hub_jobs", "kind" => kind.clone(), "state" => "waiting").set(waiting as f64);
            gauge!("hub_jobs", "kind" => kind.clone(), "state" => "failed").set(failed as f64);
            gauge!("hub_oldest_job_seconds", "kind" => kind.clone()).set(age);
        }
        Ok(())
    }
}

/// A document was checked.
pub(super) fn count_verdict(form: &'static str, verdict: Verdict) {
    let verdict = match verdict {
        Verdict::Valid => "valid",
        Verdict::ValidWithRemark => "valid_with_remark",
        Verdict::Incomplete => "incomplete",
        Verdict::NotValid => "not_valid",
    };
    counter!("hub_verifications_total", "form" => form, "verdict" => verdict).increment(1);
}

/// Credentials were signed; also where their transaction is rolled back afterwards.
pub(super) fn count_signed(origin: Origin, count: usize) {
    let origin = match origin {
        Origin::Approval => "approval",
        Origin::Service => "service",
    };
    counter!("hub_credentials_signed_total", "origin" => origin).increment(count as u64);
}

/// A job was tried: `done` or `failed`.
pub(super) fn count_job(kind: &str, outcome: &'static str) {
    counter!("hub_jobs_tried_total", "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
}

/// When the status list that waits for longest was signed: a time, so that it ages also while nobody looks after it.
pub(super) fn note_oldest_list(signed_at: DateTime<Utc>) {
    gauge!("hub_oldest_status_list_timestamp_seconds").set(signed_at.timestamp() as f64);
}

fn seconds(span: chrono::Duration) -> f64 {
    span.as_seconds_f64().max(0.0)
}
