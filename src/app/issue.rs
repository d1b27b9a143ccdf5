//! Issuing: from an approval to a signed credential.
//!
//! Signing is a pure function of stored bytes: id, status index, key and times are decided and stored first, so that
//! signing again after a crash gives the same document.

use chrono::SubsecRound;
use serde_json::Value;

use super::{App, Refusal, keys, status_lists};
use crate::credential::build::{
    AchievementFacts, ApprovalFacts, DefinitionFacts, EvidenceFacts, IssuerFacts, ResultFacts,
    achievement_credential,
};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::{self, ProofOptions, ToBeSigned};
use crate::domain::ids::{CollegeId, CredentialId};
use crate::storage::{
    CollegeRow, CredentialFacts, CredentialRow, EvidenceRow, StatusListKind, TenantTx,
};

/// Sign a credential that waits, in the transaction that made it or in a job's. Does nothing where it was issued
/// already, or where the college has no active key: then it waits for one.
pub(crate) async fn issue(
    id: CredentialId,
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let row = tx.credential(id).await?.ok_or(Refusal::NotFound)?;
    if row.status != "pending_issue" {
        return Ok(());
    }
    let Some(key) = keys::hold_to_issue(tx, app).await? else { return Ok(()) };
    let did = app.public_url.did(&college.slug);
    let draft = draft(&row, college, tx, app).await?;
    lint(&draft, &LintFacts { issuer_did: did.clone(), kind: Kind::Achievement })
        .map_err(Refusal::internal)?;
    let options = ProofOptions {
        verification_method: format!("{did}#{}", key.kid),
        created: row.created_at.trunc_subsecs(0),
    };
    let prepared = proof::prepare(&draft, &options).map_err(Refusal::internal)?;
    let stored = tx.store_to_be_signed(id, key.id.into(), &prepared.to_bytes()).await?;
    let prepared = ToBeSigned::from_bytes(&stored).map_err(Refusal::internal)?;
    let signatures = keys::sign(&key, tx.college(), &prepared.messages(), app)?;
    let public_key = keys::ed25519_public(&key.public_key)?;
    let signed = prepared
        .attach(&status_lists::pair(&signatures)?, &public_key)
        .map_err(Refusal::internal)?;
    let record_hash = proof::record_hash(&signed);
    tx.keep_signed(id, key.id.into(), &signed.to_string(), &record_hash, app.now()).await?;
    Ok(())
}

/// Issue a credential that waited for a key.
pub async fn issue_waiting(college: CollegeId, id: CredentialId, app: &App) -> Result<(), Refusal> {
    let row = app.database.college(college).await?;
    let mut tx = app.database.tenant(college).await?;
    issue(id, &row, &mut tx, app).await?;
    Ok(tx.commit().await?)
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

async fn draft(
    row: &CredentialRow,
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Value, Refusal> {
    let facts = tx.credential_facts(row.achievement_id.into(), row.revision).await?;
    let evidence = tx.evidence_of(row.achievement_id.into(), row.revision).await?;
    let decision = tx.last_decision(row.achievement_id.into()).await?;
    let id = app.public_url.credential(&college.slug, row.id);
    let evidence: Result<Vec<_>, Refusal> =
        evidence.iter().map(|file| shared_file(file, app)).collect();
    Ok(achievement_credential(&AchievementFacts {
        issuer: issuer_facts(college, app),
        subject_id: format!("urn:uuid:{}", facts.subject_id),
        subject_name: signed_name(&facts.full_name, facts.full_name_native.as_deref()),
        subject_email: None,
        valid_from: row.created_at.trunc_subsecs(0),
        status: status_lists::facts(
            &college.slug,
            StatusListKind::Achievements,
            (row.list_number, row.list_index),
            app,
        )?,
        achievement: definition(&id, &facts),
        role: facts.role.clone(),
        level: facts.level.clone(),
        outcome: facts.outcome.clone(),
        results: results(&facts),
        awarded_on: facts.ended_on,
        activity_start: facts.started_on,
        activity_end: facts.ended_on,
        evidence: evidence?,
        approval: ApprovalFacts {
            id: format!("urn:uuid:{}", decision.map_or(row.id, |decision| decision.id)),
            department: facts.department.clone(),
            approved_on: row.created_at.date_naive(),
            reviewer_name: None,
        },
        id,
    }))
}

fn definition(id: &str, facts: &CredentialFacts) -> DefinitionFacts {
    let description = if facts.description.is_empty() {
        format!("{} · {}", facts.title, facts.organiser)
    } else {
        facts.description.clone()
    };
    let mut tags = vec![facts.category_name.clone()];
    tags.extend(facts.skills.iter().filter(|skill| **skill != facts.category_name).cloned());
    DefinitionFacts {
        id: format!("{id}#achievement"),
        name: facts.title.clone(),
        description,
        achievement_type: facts.achievement_type.clone(),
        criteria_narrative: facts.criteria_narrative.clone(),
        criteria_url: None,
        tags,
        alignment: Vec::new(),
    }
}

fn results(facts: &CredentialFacts) -> Vec<ResultFacts> {
    let result = |key: &str, name: &str, value: String| ResultFacts {
        key: key.to_owned(),
        name: name.to_owned(),
        value,
    };
    let organiser = Some(facts.organiser.clone()).filter(|organiser| !organiser.is_empty());
    let organiser = organiser.map(|organiser| result("organiser", "Organiser", organiser));
    organiser
        .into_iter()
        .chain(facts.hours.map(|hours| result("hours", "Hours", hours.to_string())))
        .collect()
}

/// The digest is of what can be shared: the rendition of a picture, a PDF itself.
fn shared_file(file: &EvidenceRow, app: &App) -> Result<EvidenceFacts, Refusal> {
    let pdf = file.media_type == "application/pdf";
    let digest = if pdf { &file.sha256 } else { &file.rendition_sha256 };
    Ok(EvidenceFacts {
        id: format!("{}/e/{}", app.public_url.as_str(), file.public_id.simple()),
        name: file.caption.clone().unwrap_or_else(|| file.name.clone()),
        genre: if pdf { "Document" } else { "Photograph" }.to_owned(),
        description: None,
        sha256: digest
            .as_slice()
            .try_into()
            .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?,
        media_type: if pdf { "application/pdf" } else { "image/jpeg" }.to_owned(),
    })
}
