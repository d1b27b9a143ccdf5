//! Issuing: from an approval to a signed credential, one or many at a time.
//!
//! Signing is a pure function of what the approval stored: id, status index and times are decided there, so that signing
//! again after a crash gives the same document. Bytes and document are written in the transaction that signs, and leave
//! the hub only after its commit.

mod draft;
mod sign;

use chrono::SubsecRound;
use uuid::Uuid;

use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal, keys, status_lists};
use crate::credential::build::IssuerFacts;
use crate::domain::ids::{CollegeId, CredentialId};
use crate::domain::job::Job;
use crate::storage::{CollegeRow, HeldCredential, StatusListKind, TenantTx};

pub(crate) use draft::draw_up;
pub(crate) use sign::{Draft, Fault, Origin, Signed, sign_all};

/// How many credentials one transaction signs.
pub(crate) const CHUNK: i64 = 500;

/// Sign a credential that waits, in the transaction that made it. Does nothing where it was issued already, or where
/// the college has no active key: then it waits for one.
pub(crate) async fn issue(
    id: CredentialId,
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let held = tx.hold_credentials(&[id.0], false).await?;
    if held.is_empty() {
        return Err(Refusal::NotFound);
    }
    let Some(key) = keys::hold_to_issue(tx, app).await? else { return Ok(()) };
    let drafts = first_drafts(&held, college, tx, app).await?;
    let signed = sign_all(drafts, Origin::Approval, &key, college, tx, app).await?;
    match signed.faulty.into_iter().next() {
        Some(fault) => Err(Refusal::internal(anyhow::anyhow!("{}: {}", fault.code, fault.detail))),
        None => Ok(()),
    }
}

/// Have everything issued that waits for a key, in the transaction that brings one.
pub(crate) async fn resume(tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    if tx.credential_waits().await? {
        enqueue(&Job::IssueWaiting { after: None }, tx, app).await?;
    }
    Ok(())
}

/// Issue a chunk of what waits for a key, and leave a job for the rest.
pub(crate) async fn issue_waiting(
    college: CollegeId,
    after: Option<CredentialId>,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let row = tx.own_college().await?;
    let Some(key) = tx.hold_active_key(keys::CREDENTIALS).await? else { return Ok(()) };
    let ids = tx.waiting_credentials(after, CHUNK).await?;
    let Some(last) = ids.last().copied() else { return Ok(()) };
    let held = tx.hold_credentials(&ids, false).await?;
    ensure_lists(&held, &mut tx, app).await?;
    let drafts = first_drafts(&held, &row, &mut tx, app).await?;
    let signed = sign_all(drafts, Origin::Approval, &key, &row, &mut tx, app).await?;
    for fault in &signed.faulty {
        tracing::error!(credential = %fault.credential, code = fault.code, detail = fault.detail, "a credential cannot be issued");
    }
    record_issued(&signed, &held, "issued", &mut tx, app).await?;
    enqueue(&Job::IssueWaiting { after: Some(last.into()) }, &mut tx, app).await?;
    Ok(tx.commit().await?)
}

/// What of these waits for its first signature, drawn up.
pub(crate) async fn first_drafts(
    held: &[HeldCredential],
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<Draft>, Refusal> {
    let waiting: Vec<HeldCredential> =
        held.iter().filter(|row| row.status == "pending_issue").cloned().collect();
    let documents = draw_up(&waiting, college, tx, app).await?;
    let drafts = waiting.iter().zip(documents).map(|(row, document)| Draft {
        credential: row.id.into(),
        generation: row.generation,
        created: row.created_at.trunc_subsecs(0),
        document,
    });
    Ok(drafts.collect())
}

/// Whoever gets a document finds its status list.
pub(crate) async fn ensure_lists(
    held: &[HeldCredential],
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let numbers: std::collections::BTreeSet<i32> = held.iter().map(|row| row.list_number).collect();
    for number in numbers {
        status_lists::ensure_published(StatusListKind::Achievements, number, tx, app).await?;
    }
    Ok(())
}

/// Write the event of each document that was signed.
pub(crate) async fn record_issued(
    signed: &Signed,
    held: &[HeldCredential],
    kind: &str,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let issued: std::collections::HashMap<Uuid, i32> =
        signed.issued.iter().map(|(id, generation)| (id.0, *generation)).collect();
    for row in held {
        let Some(generation) = issued.get(&row.id) else { continue };
        let data = serde_json::json!({ "generation": generation });
        let happening = Happening::to(row.achievement_id.into(), row.revision, kind);
        record(Happening { data, ..happening }, Actor::HUB, tx, app).await?;
    }
    Ok(())
}

/// The college as its documents name it.
pub(crate) fn issuer_facts(college: &CollegeRow, app: &App) -> IssuerFacts {
    IssuerFacts {
        did: app.public_url.did(&college.slug),
        name: college.name.clone(),
        url: college
            .website
            .clone()
            .unwrap_or_else(|| format!("{}/colleges/{}", app.public_url.as_str(), college.slug)),
        aishe_code: college.aishe_code.clone(),
    }
}

/// A name as it is signed: in the person's script first, where there is one.
pub(crate) fn signed_name(full_name: &str, native: Option<&str>) -> String {
    match native {
        Some(native) if native != full_name => format!("{native} ({full_name})"),
        Some(_) | None => full_name.to_owned(),
    }
}
