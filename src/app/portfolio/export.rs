//! Exporting a portfolio: credentials of the student → one signed credential → pages → signed file.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::compose::{self, Chosen};
use super::{Exported, exported};
use crate::app::record::{Happening, record};
use crate::app::{App, Refusal, evidence, issue, keys, status_lists};
use crate::credential::build::{PortfolioFacts, portfolio_credential};
use crate::credential::compact::{self, CompactFacts};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::{self, ProofOptions};
use crate::domain::ids::{AchievementId, CredentialId, PortfolioId};
use crate::domain::member::{Caller, Language};
use crate::portfolio::sign::{self, SignatureFacts};
use crate::renderer::RendererError;
use crate::storage::{
    CollegeRow, KeyRow, NewPortfolio, NewRecord, PortfolioRow, StatusListKind, StudentFacts,
};

/// How often a file is begun anew because a key was replaced in the meantime.
const ATTEMPTS: u32 = 3;

/// What a student asked for.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Only these achievements; all that hold, where none are named.
    pub achievements: Option<Vec<AchievementId>>,
    /// Name of the layout.
    pub template: String,
    /// Language of the layout's own words.
    pub locale: Language,
}

/// Everything that decides what the file will be.
struct Material {
    college: CollegeRow,
    student: StudentFacts,
    chosen: Vec<Chosen>,
    partial: bool,
    credential_key: KeyRow,
    document_key: KeyRow,
    authority: KeyRow,
}

/// Make the signed file. The same inputs give the same export: id, address and bytes. True where it was made now.
pub async fn export(
    request: ExportRequest,
    owner: &Caller,
    app: &App,
) -> Result<(Exported, bool), Refusal> {
    if !compose::LAYOUTS.contains(&request.template.as_str()) {
        return Err(Refusal::field("template", "unknown", "There is no such layout."));
    }
    for _ in 0..ATTEMPTS {
        if let Some(done) = attempt(&request, owner, app).await? {
            return Ok(done);
        }
    }
    Err(Refusal::Busy)
}

/// Make it with the keys that sign now. None where one of them was stopped before the file was kept: what it signed
/// is thrown away, and nobody ever sees it.
async fn attempt(
    request: &ExportRequest,
    owner: &Caller,
    app: &App,
) -> Result<Option<(Exported, bool)>, Refusal> {
    let material = gather(request, owner, app).await?;
    let inputs_hash = hash_inputs(request, &material);
    let mut tx = app.database.tenant(owner.college).await?;
    if let Some(row) = tx.portfolio_of_inputs(owner.member, &inputs_hash).await? {
        tx.commit().await?;
        return Ok(Some((exported(row, &material.college, app), false)));
    }
    let place = status_lists::draw_index(StatusListKind::Portfolios, &mut tx, app).await?;
    tx.commit().await?;

    let id = PortfolioId(app.public_id());
    let now = app.now().trunc_subsecs(0);
    let document = sign_credential(id, place, now, &material, owner, app)?;
    let card = sign_card(id, place, now, &document, &material, owner, app)?;
    let qr_text = format!("{}/v#{}", app.public_url.as_str(), compact::to_base32(&card));
    let text = document.to_string();
    let input = compose::render_input(
        id,
        request,
        &material.parts(),
        &document,
        text.clone().into_bytes(),
        qr_text,
        now,
        owner.college,
        app,
    )
    .await?;
    let rendered = app.renderer.render(input).await.map_err(refuse_render)?;
    let file = sign_file(rendered.pdf, now, &material, owner, app)?;
    let digest = evidence::keep(&file, owner.college, app).await?;

    let mut tx = app.database.tenant(owner.college).await?;
    let credentials = material.credentials();
    let credential_key = tx.hold_active_key(keys::CREDENTIALS).await?;
    let document_key = tx.hold_active_key(keys::DOCUMENTS).await?;
    let is_same = |held: Option<KeyRow>, used: &KeyRow| held.is_some_and(|key| key.id == used.id);
    if !is_same(credential_key, &material.credential_key)
        || !is_same(document_key, &material.document_key)
        || tx.awaits_new_signatures(&credentials).await?
    {
        return Ok(None);
    }
    let new = NewPortfolio {
        id,
        student: owner.member,
        inputs_hash,
        key: material.credential_key.id.into(),
        document_key: material.document_key.id.into(),
        locale: request.locale.as_str(),
        template: &request.template,
        partial: material.partial,
        list_number: place.0,
        list_index: place.1,
        document: &text,
        compact: &card,
        file_sha256: digest.0,
        file_size: i64::try_from(file.len()).map_err(Refusal::internal)?,
        created_at: now,
        credentials: &credentials,
    };
    let made = tx.insert_portfolio(&new).await?;
    if made {
        let issued = NewRecord {
            document: id.0,
            generation: 1,
            kind: "portfolio",
            record_hash: proof::record_hash(&document),
        };
        // In the order that signing locks rows: list, keys, record.
        status_lists::ensure_published(StatusListKind::Portfolios, place.0, &mut tx, app).await?;
        tx.count_signatures(material.credential_key.id.into(), 3, app.now()).await?;
        tx.count_signatures(material.document_key.id.into(), 1, app.now()).await?;
        tx.record_issues(&[issued], app.now()).await?;
        let facts = serde_json::json!({ "portfolio": id, "credentials": credentials.len() });
        record(Happening::in_college("portfolio_exported", facts), owner.into(), &mut tx, app)
            .await?;
    }
    let row: Option<PortfolioRow> = tx.portfolio_of_inputs(owner.member, &inputs_hash).await?;
    tx.commit().await?;
    let row = row
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the export was written a moment ago")))?;
    Ok(Some((exported(row, &material.college, app), made)))
}

async fn gather(request: &ExportRequest, owner: &Caller, app: &App) -> Result<Material, Refusal> {
    let college = app.database.college(owner.college).await?;
    let mut tx = app.database.tenant(owner.college).await?;
    let all = tx.active_credentials(owner.member, None).await?;
    let wanted = |achievement: uuid::Uuid| {
        request.achievements.as_ref().is_none_or(|ids| ids.iter().any(|id| id.0 == achievement))
    };
    let partial = all.iter().any(|row| !wanted(row.achievement_id));
    let mut chosen = Vec::new();
    for credential in all.into_iter().filter(|row| wanted(row.achievement_id)) {
        let facts =
            tx.credential_facts(credential.achievement_id.into(), credential.revision).await?;
        let files = tx.evidence_of(credential.achievement_id.into(), credential.revision).await?;
        chosen.push(Chosen { credential, facts, files });
    }
    if let Some(ids) = &request.achievements
        && chosen.len() != ids.len()
    {
        return Err(Refusal::field(
            "achievements",
            "unknown",
            "One of these is not an approved achievement of yours.",
        ));
    }
    if chosen.is_empty() {
        return Err(Refusal::Conflict(
            "There is nothing to export yet: a portfolio is made of approved achievements.",
        ));
    }
    let ids: Vec<CredentialId> = chosen.iter().map(|chosen| chosen.credential.id.into()).collect();
    if tx.awaits_new_signatures(&ids).await? {
        return Err(Refusal::Conflict(
            "Your college is signing its credentials anew at the moment; please try again in a few minutes.",
        ));
    }
    let unkeyed = Refusal::Conflict(
        "Your college has no active signing key at the moment; please try again later.",
    );
    let credential_key = tx.active_key(keys::CREDENTIALS).await?;
    let document_key = tx.active_key(keys::DOCUMENTS).await?;
    let authority = tx.active_key(keys::AUTHORITY).await?;
    let student = tx.student_facts(owner.member).await?;
    tx.commit().await?;
    let (Some(credential_key), Some(document_key), Some(authority)) =
        (credential_key, document_key, authority)
    else {
        return Err(unkeyed);
    };
    Ok(Material { college, student, chosen, partial, credential_key, document_key, authority })
}

fn hash_inputs(request: &ExportRequest, material: &Material) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let college = &material.college;
    let student = &material.student;
    let words = [
        request.template.as_str(),
        request.locale.as_str(),
        &material.credential_key.kid,
        &material.document_key.kid,
        &college.name,
        college.name_native.as_deref().unwrap_or_default(),
        college.address.as_deref().unwrap_or_default(),
        &college.colour,
        college.footer.as_deref().unwrap_or_default(),
        college.signatory_name.as_deref().unwrap_or_default(),
        college.signatory_title.as_deref().unwrap_or_default(),
        &student.full_name,
        student.full_name_native.as_deref().unwrap_or_default(),
        student.programme.as_deref().unwrap_or_default(),
        student.department.as_deref().unwrap_or_default(),
        student.batch.as_deref().unwrap_or_default(),
    ];
    for word in words {
        hasher.update((word.len() as u64).to_be_bytes());
        hasher.update(word);
    }
    hasher.update([u8::from(material.partial)]);
    for chosen in &material.chosen {
        hasher.update(chosen.credential.id.as_bytes());
        hasher.update(chosen.credential.generation.to_be_bytes());
        hasher.update(chosen.credential.visibility.as_bytes());
    }
    hasher.finalize().into()
}

fn sign_credential(
    id: PortfolioId,
    place: (i32, i32),
    now: DateTime<Utc>,
    material: &Material,
    owner: &Caller,
    app: &App,
) -> Result<Value, Refusal> {
    let college = &material.college;
    let did = app.public_url.did(&college.slug);
    let credentials: Result<Vec<Value>, _> = material
        .chosen
        .iter()
        .map(|chosen| {
            serde_json::from_str(chosen.credential.document.as_deref().unwrap_or_default())
        })
        .collect();
    let draft = portfolio_credential(&PortfolioFacts {
        id: app.public_url.portfolio(&college.slug, id.0),
        issuer: issue::issuer_facts(college, app),
        subject_id: format!("urn:uuid:{}", material.student.subject_id),
        subject_name: issue::signed_name(
            &material.student.full_name,
            material.student.full_name_native.as_deref(),
        ),
        name: format!("Portfolio of {}", material.student.full_name),
        description: format!(
            "{} achievements approved by {}.",
            material.chosen.len(),
            college.name
        ),
        valid_from: now,
        status: status_lists::facts(&college.slug, StatusListKind::Portfolios, place, app)?,
        partial: material.partial,
        credentials: credentials.map_err(Refusal::internal)?,
    });
    let linted = lint(draft, &LintFacts { issuer_did: did.clone(), kind: Kind::Portfolio })
        .map_err(Refusal::internal)?;
    let options = ProofOptions {
        verification_method: format!("{did}#{}", material.credential_key.kid),
        created: now,
    };
    let prepared = linted.prepare(&options).map_err(Refusal::internal)?;
    let signatures =
        keys::sign(&material.credential_key, owner.college, &prepared.messages(), app)?;
    let public_key = keys::ed25519_public(&material.credential_key.public_key)?;
    prepared.attach(&status_lists::pair(&signatures)?, &public_key).map_err(Refusal::internal)
}

fn sign_card(
    id: PortfolioId,
    place: (i32, i32),
    now: DateTime<Utc>,
    document: &Value,
    material: &Material,
    owner: &Caller,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    let student = &material.student;
    let native = student.full_name_native.clone().zip(student.native_language.clone());
    let status =
        status_lists::facts(&material.college.slug, StatusListKind::Portfolios, place, app)?;
    let facts = CompactFacts {
        issuer_did: app.public_url.did(&material.college.slug),
        issued_at: now,
        portfolio_id: id.0,
        name: student.full_name.clone(),
        name_native: native,
        record_hash: proof::record_hash(document),
        status_list: status.list_url,
        status_index: status.index,
        programme: student.programme.clone().unwrap_or_default(),
        count: u32::try_from(material.chosen.len()).map_err(Refusal::internal)?,
        college: material.college.name.clone(),
    };
    let prepared =
        compact::prepare(&facts, &keys::ed25519_public(&material.credential_key.public_key)?);
    let signatures =
        keys::sign(&material.credential_key, owner.college, &[prepared.message()], app)?;
    let signature = signatures
        .first()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))?;
    prepared.attach(signature).map_err(Refusal::internal)
}

fn sign_file(
    pdf: Vec<u8>,
    now: DateTime<Utc>,
    material: &Material,
    owner: &Caller,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    let college = &material.college;
    let facts = SignatureFacts {
        signer_certificate: material.document_key.certificate.clone().unwrap_or_default(),
        chain: material.authority.certificate.clone().into_iter().collect(),
        signed_at: now,
        name: college.name.clone(),
        reason: "Portfolio of achievements approved by the college".to_owned(),
        location: college.city.clone(),
        contact: college.website.clone(),
    };
    let prepared = sign::prepare(pdf, &facts).map_err(Refusal::internal)?;
    let signatures = keys::sign(&material.document_key, owner.college, &[prepared.message()], app)?;
    let signature = signatures
        .first()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))?;
    prepared.attach(signature).map_err(Refusal::internal)
}

fn refuse_render(error: RendererError) -> Refusal {
    match error {
        RendererError::Busy => Refusal::Busy,
        other => Refusal::internal(other),
    }
}

impl Material {
    fn credentials(&self) -> Vec<CredentialId> {
        self.chosen.iter().map(|chosen| chosen.credential.id.into()).collect()
    }

    fn parts(&self) -> compose::Parts<'_> {
        compose::Parts {
            college: &self.college,
            student: &self.student,
            chosen: &self.chosen,
            partial: self.partial,
            credential_key: &self.credential_key,
            document_key: &self.document_key,
        }
    }
}
