//! Making a portfolio: one signed credential of the student's credentials → pages → signed file.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::compose::{self, Particulars};
use super::material::{ExportRequest, Material};
use super::pictures::{self, Choice};
use crate::app::record::{Happening, record};
use crate::app::sealed::SealedFile;
use crate::app::{App, Refusal, evidence, issue, keys, sealed, status_lists};
use crate::credential::build::{PortfolioFacts, portfolio_credential};
use crate::credential::compact::{self, CompactFacts};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::{self, ProofOptions};
use crate::domain::ids::PortfolioId;
use crate::domain::member::Caller;
use crate::portfolio::compose::{SMALL_LIMIT, Size};
use crate::portfolio::sign::Level;
use crate::renderer::RendererError;
use crate::storage::{KeyRow, NewPortfolio, NewRecord, PortfolioRow, StatusListKind};

/// What the signature adds to a file, at most: its room and the new cross-reference; at the higher levels a time-stamp,
/// certificates and lists, and another time-stamp.
fn signature_room(level: Level) -> usize {
    match level {
        Level::Basic => 24_000,
        Level::Stamped => 56_000,
        Level::LongTerm | Level::Archive => 160_000,
    }
}

/// One portfolio to be made.
pub(super) struct Order<'a> {
    pub(super) id: PortfolioId,
    pub(super) created: DateTime<Utc>,
    pub(super) request: &'a ExportRequest,
    pub(super) material: &'a Material,
    pub(super) owner: &'a Caller,
}

/// Why a portfolio was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum MakeError {
    /// The worker gave no document.
    #[error(transparent)]
    Render(#[from] RendererError),
    /// A key was stopped, or a credential fell, before the file was kept: what was signed is thrown away.
    #[error("a signing key or a credential changed while the portfolio was made")]
    Overtaken,
    /// Anything else.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Tells whoever waits how far it is.
pub(super) trait Progress {
    /// So many per cent are done.
    async fn reach(&self, percent: i32, app: &App) -> Result<(), Refusal>;
}

/// Nobody is told: the answer itself comes soon enough.
pub(super) struct Untold;

impl Progress for Untold {
    async fn reach(&self, _: i32, _: &App) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Make it and write it down; the row of the same inputs where somebody was faster. True where it was made now.
pub(super) async fn make(
    order: &Order<'_>,
    progress: &impl Progress,
    app: &App,
) -> Result<(PortfolioRow, bool), MakeError> {
    let place = draw_place(order, app).await?;
    progress.reach(5, app).await?;
    let document = sign_credential(order, place, app)?;
    let card = sign_card(order, place, &document, app)?;
    progress.reach(15, app).await?;
    let rendered = render(order, &document, &card, progress, app).await?;
    progress.reach(85, app).await?;
    let college = order.owner.college;
    let signer = order.material.signer();
    let reason = "Portfolio of achievements approved by the college";
    let file = sealed::sign_file(rendered, reason, order.created, &signer, college, app).await?;
    let digest = evidence::keep(&file.bytes, college, app).await?;
    progress.reach(95, app).await?;
    write(order, place, &document, &card, (digest.0, &file), app).await?.ok_or(MakeError::Overtaken)
}

async fn draw_place(order: &Order<'_>, app: &App) -> Result<(i32, i32), Refusal> {
    let mut tx = app.database.tenant(order.owner.college).await?;
    let place = status_lists::draw_index(StatusListKind::Portfolios, &mut tx, app).await?;
    tx.commit().await?;
    Ok(place)
}

/// The pages; of a small document again with fewer pictures until it is small enough.
async fn render(
    order: &Order<'_>,
    document: &Value,
    card: &[u8],
    progress: &impl Progress,
    app: &App,
) -> Result<Vec<u8>, MakeError> {
    let mut choice = Choice::of(order.request.size);
    let room = signature_room(order.material.level);
    loop {
        let pictures = pictures::read(choice, order.material, order.owner.college, app).await?;
        progress.reach(40, app).await?;
        let particulars = Particulars {
            id: order.id,
            created: order.created,
            record_hash: proof::record_hash(document),
            attachment: document.to_string().into_bytes(),
            qr_text: format!("{}/v#{}", app.public_url.as_str(), compact::to_base32(card)),
        };
        let input =
            compose::render_input(particulars, pictures, order.request, order.material, app);
        let pdf = app.renderer.render(input).await?.pdf;
        let fits = order.request.size == Size::Full || pdf.len() + room <= SMALL_LIMIT;
        match choice.tighter() {
            Some(tighter) if !fits => choice = tighter,
            Some(_) | None => return Ok(pdf),
        }
    }
}

/// None where a key was stopped or a credential fell in the meantime. Whoever revokes one after this finds the portfolio.
async fn write(
    order: &Order<'_>,
    place: (i32, i32),
    document: &Value,
    card: &[u8],
    (file_sha256, file): ([u8; 32], &SealedFile),
    app: &App,
) -> Result<Option<(PortfolioRow, bool)>, Refusal> {
    let (material, owner) = (order.material, order.owner);
    let inputs_hash = material.hash(order.request, file.level);
    let mut tx = app.database.tenant(owner.college).await?;
    let credentials = material.credentials();
    let credential_key = tx.hold_active_key(keys::CREDENTIALS).await?;
    let document_key = tx.hold_active_key(keys::DOCUMENTS).await?;
    let is_same = |held: Option<KeyRow>, used: &KeyRow| held.is_some_and(|key| key.id == used.id);
    if !is_same(credential_key, &material.credential_key)
        || !is_same(document_key, &material.document_key)
        || tx.awaits_new_signatures(&credentials).await?
        || !tx.hold_standing(&material.generations()).await?
    {
        return Ok(None);
    }
    let text = document.to_string();
    let new = NewPortfolio {
        id: order.id,
        student: owner.member,
        inputs_hash,
        key: material.credential_key.id.into(),
        document_key: material.document_key.id.into(),
        locale: order.request.locale.as_str(),
        template: &order.request.template,
        small: order.request.size == Size::Small,
        partial: material.partial,
        list_number: place.0,
        list_index: place.1,
        document: &text,
        compact: card,
        file_sha256,
        file_size: i64::try_from(file.bytes.len()).map_err(Refusal::internal)?,
        signature_level: file.level.as_str(),
        stamped_at: file.stamped_at,
        created_at: order.created,
        credentials: &credentials,
    };
    let made = tx.insert_portfolio(&new).await?;
    if made {
        let issued = NewRecord {
            document: order.id.0,
            generation: 1,
            kind: "portfolio",
            record_hash: proof::record_hash(document),
        };
        // In the order that signing locks rows: list, keys, record.
        status_lists::ensure_published(StatusListKind::Portfolios, place.0, &mut tx, app).await?;
        tx.count_signatures(material.credential_key.id.into(), 3, app.now()).await?;
        tx.count_signatures(material.document_key.id.into(), 1, app.now()).await?;
        tx.record_issues(&[issued], app.now()).await?;
        let facts = json!({ "portfolio": order.id, "credentials": credentials.len() });
        record(Happening::in_college("portfolio_exported", facts), owner.into(), &mut tx, app)
            .await?;
    }
    let row = tx.portfolio_of_inputs(owner.member, &inputs_hash).await?;
    tx.commit().await?;
    let row = row
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the export was written a moment ago")))?;
    Ok(Some((row, made)))
}

fn sign_credential(order: &Order<'_>, place: (i32, i32), app: &App) -> Result<Value, Refusal> {
    let (id, now, material, owner) = (order.id, order.created, order.material, order.owner);
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
    order: &Order<'_>,
    place: (i32, i32),
    document: &Value,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    let (id, now, material, owner) = (order.id, order.created, order.material, order.owner);
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
