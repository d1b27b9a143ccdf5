//! What a credential says: from the rows of its approval to the document that will be signed.

use std::collections::HashMap;

use chrono::SubsecRound;
use serde_json::Value;
use uuid::Uuid;

use super::{issuer_facts, signed_name};
use crate::app::{App, Refusal, status_lists};
use crate::credential::build::{
    AchievementFacts, ApprovalFacts, DefinitionFacts, EvidenceFacts, ResultFacts,
    achievement_credential,
};
use crate::storage::{
    CollegeRow, CredentialFacts, HeldCredential, IssueFacts, SharedFileRow, StatusListKind,
    TenantTx,
};

/// The documents of these credentials in their order, without proofs, from what the college holds of them now.
pub(crate) async fn draw_up(
    held: &[HeldCredential],
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<Value>, Refusal> {
    let ids: Vec<Uuid> = held.iter().map(|row| row.id).collect();
    let facts = tx.issue_facts(&ids).await?;
    let mut files: HashMap<Uuid, Vec<EvidenceFacts>> = HashMap::new();
    for file in tx.shared_files(&ids).await? {
        files.entry(file.credential).or_default().push(shared_file(&file, app)?);
    }
    let facts: HashMap<Uuid, IssueFacts> =
        facts.into_iter().map(|facts| (facts.credential, facts)).collect();
    held.iter()
        .map(|row| {
            let facts = facts.get(&row.id).ok_or_else(|| {
                Refusal::internal(anyhow::anyhow!("a credential speaks of no revision"))
            })?;
            let files = files.remove(&row.id).unwrap_or_default();
            document(row, facts, files, college, app)
        })
        .collect()
}

fn document(
    row: &HeldCredential,
    of: &IssueFacts,
    evidence: Vec<EvidenceFacts>,
    college: &CollegeRow,
    app: &App,
) -> Result<Value, Refusal> {
    let facts = &of.facts;
    let id = app.public_url.credential(&college.slug, row.id);
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
        achievement: definition(&id, facts),
        role: facts.role.clone(),
        level: facts.level.clone(),
        outcome: facts.outcome.clone(),
        results: results(facts),
        awarded_on: facts.ended_on,
        activity_start: facts.started_on,
        activity_end: facts.ended_on,
        evidence,
        approval: ApprovalFacts {
            id: format!("urn:uuid:{}", of.decision.unwrap_or(row.id)),
            department: facts.department.clone(),
            // A past approval stands with its own day; `validFrom` says since when it is signed.
            approved_on: of.decided_at.unwrap_or(row.created_at).date_naive(),
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
fn shared_file(file: &SharedFileRow, app: &App) -> Result<EvidenceFacts, Refusal> {
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
