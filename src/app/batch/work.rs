//! The work of a batch, a chunk at a time. Cut off anywhere, it goes on from the last chunk that was committed.

use std::collections::HashMap;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::service;
use crate::app::issue::{self, Draft, Origin, Signed};
use crate::app::record::{enqueue, enqueue_later};
use crate::app::{App, Refusal, keys};
use crate::domain::ids::{BatchId, CollegeId};
use crate::domain::job::Job;
use crate::storage::{BatchItem, CollegeRow, HeldCredential, KeyRow, SettledItem, TenantTx};

/// How soon to look again where the college has no active key.
const LOOK_AGAIN: Duration = Duration::seconds(15);

/// Issue the next chunk of a batch, and leave a job for the one after it.
pub(crate) async fn run(
    college: CollegeId,
    batch: BatchId,
    lane: u8,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let Some((kind, asked_at, begun)) = tx.batch_plan(batch).await? else { return Ok(()) };
    if !begun {
        // On its own, so that no lane waits for the first chunk of another.
        tx.start_batch(batch, app.now()).await?;
        tx.commit().await?;
        tx = app.database.tenant(college).await?;
    }
    tx.plan_anew().await?;
    let next = Job::RunBatch { batch, lane };
    let Some(key) = tx.hold_active_key(keys::CREDENTIALS).await? else {
        enqueue_later(&next, LOOK_AGAIN, &mut tx, app).await?;
        return Ok(tx.commit().await?);
    };
    let mut items = tx.take_batch_items(batch, issue::CHUNK).await?;
    let Some(by_service) = items.first().map(|item| item.by_service) else {
        tx.finish_batch(batch, app.now()).await?;
        return Ok(tx.commit().await?);
    };
    // One table at a time: where the two meet, the rest waits for the next chunk.
    items.retain(|item| item.by_service == by_service);
    let plan = Plan { batch, kind, created: asked_at.trunc_subsecs(0) };
    if by_service {
        service::issue_chunk(&plan, &items, &key, &mut tx, app).await?;
    } else {
        issue_chunk(&plan, &items, &key, &mut tx, app).await?;
    }
    enqueue(&next, &mut tx, app).await?;
    Ok(tx.commit().await?)
}

/// What every chunk of a batch has in common.
pub(super) struct Plan {
    pub(super) batch: BatchId,
    kind: String,
    /// `created` in the proofs of what is signed anew.
    created: DateTime<Utc>,
}

async fn issue_chunk(
    plan: &Plan,
    items: &[BatchItem],
    key: &KeyRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let college = tx.own_college().await?;
    let ids: Vec<Uuid> = items.iter().map(|item| item.credential).collect();
    let held = tx.hold_credentials(&ids, plan.kind == "key_replaced").await?;
    issue::ensure_lists(&held, tx, app).await?;
    let due = due(items, &held);
    let (drafts, mut faulty) = match plan.kind.as_str() {
        "key_replaced" => held_drafts(&due, plan),
        "reissue" => (fresh_drafts(&due, plan, &college, tx, app).await?, Vec::new()),
        _ => (issue::first_drafts(&due, &college, tx, app).await?, Vec::new()),
    };
    let mut signed = issue::sign_all(drafts, Origin::Approval, key, &college, tx, app).await?;
    signed.faulty.append(&mut faulty);
    let event = if plan.kind == "past_approvals" { "issued" } else { "reissued" };
    issue::record_issued(&signed, &held, event, tx, app).await?;
    let standing = held.iter().filter(|row| row.status == "active");
    let standing = standing.map(|row| (row.id, row.generation)).collect();
    Ok(tx.settle_batch_items(plan.batch, &settle(items, &standing, &signed)).await?)
}

/// What still has to be signed for these items: the first issue of what waits, or the next one of what stands. Another
/// run or another batch may have been first.
fn due(items: &[BatchItem], held: &[HeldCredential]) -> Vec<HeldCredential> {
    let wanted: HashMap<Uuid, i32> =
        items.iter().map(|item| (item.credential, item.generation)).collect();
    let is_due = |row: &&HeldCredential| match (row.status.as_str(), wanted.get(&row.id)) {
        ("pending_issue", Some(generation)) => row.generation == *generation,
        ("active", Some(generation)) => row.generation + 1 == *generation,
        _ => false,
    };
    held.iter().filter(is_due).cloned().collect()
}

/// From the bytes held: the same document under another key.
fn held_drafts(due: &[HeldCredential], plan: &Plan) -> (Vec<Draft>, Vec<issue::Fault>) {
    let mut drafts = Vec::with_capacity(due.len());
    let mut faulty = Vec::new();
    for row in due {
        match row.document.as_deref().and_then(unsecured) {
            Some(document) => {
                drafts.push(next_draft(row.id, row.generation, document, plan));
            }
            None => faulty.push(unreadable(row.id)),
        }
    }
    (drafts, faulty)
}

/// With the facts drawn anew, such as a changed name; `validFrom` stays.
async fn fresh_drafts(
    due: &[HeldCredential],
    plan: &Plan,
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<Draft>, Refusal> {
    let documents = issue::draw_up(due, college, tx, app).await?;
    let drafts = due
        .iter()
        .zip(documents)
        .map(|(row, document)| next_draft(row.id, row.generation, document, plan));
    Ok(drafts.collect())
}

/// The issue after `generation` of a credential.
pub(super) fn next_draft(id: Uuid, generation: i32, document: Value, plan: &Plan) -> Draft {
    Draft { credential: id.into(), generation: generation + 1, created: plan.created, document }
}

/// A document at hand that is no document.
pub(super) fn unreadable(id: Uuid) -> issue::Fault {
    issue::Fault {
        credential: id.into(),
        code: "unreadable_document",
        detail: "The document that is held cannot be read.".to_owned(),
    }
}

/// A document without its proofs.
pub(super) fn unsecured(text: &str) -> Option<Value> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    document.as_object_mut()?.remove("proof")?;
    Some(document)
}

/// What became of items; `standing` are the credentials that stood before, with their generation.
pub(super) fn settle(
    items: &[BatchItem],
    standing: &HashMap<Uuid, i32>,
    signed: &Signed,
) -> Vec<SettledItem> {
    let issued: HashMap<Uuid, i32> =
        signed.issued.iter().map(|(id, generation)| (id.0, *generation)).collect();
    let faults: HashMap<Uuid, &issue::Fault> =
        signed.faulty.iter().map(|fault| (fault.credential.0, fault)).collect();
    let settled = |item: &BatchItem| {
        let stands =
            standing.get(&item.credential).is_some_and(|generation| *generation >= item.generation);
        let (state, code, detail) = match faults.get(&item.credential) {
            Some(fault) => ("failed", Some(fault.code), Some(fault.detail.clone())),
            None if stands || issued.contains_key(&item.credential) => ("issued", None, None),
            None => ("skipped", None, None),
        };
        SettledItem { position: item.position, state, code, detail }
    };
    items.iter().map(settled).collect()
}
