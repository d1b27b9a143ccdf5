//! Files that the college signs with its key for documents, and lists sealed that way.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use tokio::time::timeout;

use super::portfolio::{college_data, local_day, locale};
use super::{App, Refusal, keys, revocation_lists};
use crate::domain::ids::CollegeId;
use crate::domain::member::Language;
use crate::portfolio::check::is_plain_token;
use crate::portfolio::list::{Column, ListData, ListInput, MAX_ROWS};
use crate::portfolio::sign::{self, Level, SignatureFacts, archive};
use crate::renderer::RendererError;
use crate::storage::{CollegeRow, KeyRow, PapersRow};
use crate::timestamper::Timestamp;

/// How long an export waits for the time-stamping authority; without an answer it goes on without one.
const PATIENCE: Duration = Duration::from_secs(8);

/// In whose name a file is signed, with what, and how far it is to carry.
pub(super) struct Signer<'a> {
    pub(super) college: &'a CollegeRow,
    pub(super) document_key: &'a KeyRow,
    /// The college's own, where it certified the key.
    pub(super) authority: Option<&'a KeyRow>,
    pub(super) wanted: Level,
}

/// A signed file.
pub(super) struct SealedFile {
    pub(super) bytes: Vec<u8>,
    /// Less than was wanted where the authority did not answer.
    pub(super) level: Level,
    pub(super) stamped_at: Option<DateTime<Utc>>,
}

/// A list to be sealed.
#[derive(Clone, Debug)]
pub struct List {
    /// `Approved achievements, 2025–26`.
    pub title: String,
    /// What it holds and how it was drawn up, in a sentence.
    pub note: Option<String>,
    /// From left to right.
    pub columns: Vec<Column>,
    /// Each as long as `columns`; at most [`MAX_ROWS`].
    pub rows: Vec<Vec<String>>,
    /// Language of the layout's own words.
    pub language: Language,
    /// Why the college signs it, in the signature: `Return to the university, 2025-26`.
    pub reason: String,
}

/// A list as a PDF that the college has signed. Nothing is stored; the signature is counted.
pub async fn seal_list(list: List, college: CollegeId, app: &App) -> Result<Vec<u8>, Refusal> {
    if list.rows.len() > MAX_ROWS {
        return Err(Refusal::TooLarge(format!("A list holds at most {MAX_ROWS} rows.")));
    }
    let mut tx = app.database.tenant(college).await?;
    let row = tx.own_college().await?;
    let papers = tx.papers().await?;
    let document_key = tx.active_key(keys::DOCUMENTS).await?;
    let authority = tx.active_key(keys::AUTHORITY).await?;
    let certified = |key: &KeyRow| authority.is_some() || !key.chain.is_empty();
    let document_key = document_key.filter(certified);
    tx.commit().await?;
    let document_key = document_key
        .ok_or(Refusal::Conflict("The college has no active signing key at the moment."))?;
    let now = app.now().trunc_subsecs(0);
    let mut images = BTreeMap::new();
    let input = ListInput {
        data: ListData {
            college: college_data(&row, &papers, &mut images),
            id: app.public_id(),
            title: list.title,
            note: list.note,
            created_on: local_day(now),
            columns: list.columns,
            rows: list.rows,
        },
        images,
        created: now,
        locale: locale(list.language),
    };
    let rendered = app.renderer.render_list(input).await.map_err(refuse_render)?;
    let signer = Signer {
        college: &row,
        document_key: &document_key,
        authority: authority.as_ref(),
        wanted: level(&papers, &document_key, app)?,
    };
    let file = sign_file(rendered.pdf, &list.reason, now, &signer, college, app).await?;
    let mut tx = app.database.tenant(college).await?;
    let held = tx.hold_active_key(keys::DOCUMENTS).await?;
    if held.is_none_or(|key| key.id != document_key.id) {
        // What a stopped key signed is thrown away.
        return Err(Refusal::Busy);
    }
    tx.count_signatures(document_key.id.into(), 1, app.now()).await?;
    tx.commit().await?;
    Ok(file.bytes)
}

/// The level that a college's files are to have and, as far as the hub knows beforehand, can have.
pub(super) fn level(
    papers: &PapersRow,
    document_key: &KeyRow,
    app: &App,
) -> Result<Level, Refusal> {
    let wanted: Level = papers.signature_level.parse().map_err(Refusal::internal)?;
    let most = match &app.timestamper {
        Some(timestamper) if timestamper.asks() => Level::Archive,
        Some(_) | None => Level::Basic,
    };
    // Of an authority outside the hub there is no revocation list to put in.
    let own = if document_key.chain.is_empty() { Level::Archive } else { Level::Stamped };
    Ok(wanted.min(most).min(own))
}

/// Sign a rendered file in the college's name. No transaction may be open: the authority is asked over the network.
pub(super) async fn sign_file(
    pdf: Vec<u8>,
    reason: &str,
    now: DateTime<Utc>,
    signer: &Signer<'_>,
    college: CollegeId,
    app: &App,
) -> Result<SealedFile, Refusal> {
    let facts = SignatureFacts {
        signer_certificate: signer.document_key.certificate.clone().unwrap_or_default(),
        chain: signer.chain(),
        signed_at: now,
        name: signer.college.name.clone(),
        reason: reason.to_owned(),
        location: signer.college.city.clone(),
        contact: signer.college.website.clone(),
        stampable: signer.wanted >= Level::Stamped,
    };
    let prepared = sign::prepare(pdf, &facts).map_err(Refusal::internal)?;
    let signatures = keys::sign(signer.document_key, college, &[prepared.message()], app)?;
    let signature = signatures
        .first()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))?;
    let imprint = prepared.imprint(signature).map_err(Refusal::internal)?;
    let stamp = match signer.wanted {
        Level::Basic => None,
        Level::Stamped | Level::LongTerm | Level::Archive => stamp(&imprint, app).await,
    };
    let Some(stamp) = stamp else {
        let bytes = prepared.attach(signature).map_err(Refusal::internal)?;
        return Ok(SealedFile { bytes, level: Level::Basic, stamped_at: None });
    };
    let bytes = prepared.attach_stamped(signature, &stamp.token).map_err(Refusal::internal)?;
    let stamped = SealedFile { bytes, level: Level::Stamped, stamped_at: Some(stamp.at) };
    if signer.wanted < Level::LongTerm {
        Ok(stamped)
    } else {
        extend(stamped, signer, college, app).await
    }
}

/// Add what a validator will need, and a time-stamp over it where that is wanted and comes.
async fn extend(
    file: SealedFile,
    signer: &Signer<'_>,
    college: CollegeId,
    app: &App,
) -> Result<SealedFile, Refusal> {
    let Some(list) = revocation_lists::current(college, app).await? else { return Ok(file) };
    let data = archive::validation_data(&file.bytes, list).map_err(Refusal::internal)?;
    let bytes = archive::add_validation_data(file.bytes, &data).map_err(Refusal::internal)?;
    let file = SealedFile { bytes, level: Level::LongTerm, ..file };
    if signer.wanted < Level::Archive {
        return Ok(file);
    }
    let prepared =
        archive::prepare_timestamp(file.bytes.clone(), &data).map_err(Refusal::internal)?;
    let Some(stamp) = stamp(&prepared.digest(), app).await else { return Ok(file) };
    let bytes = prepared.attach(&stamp.token).map_err(Refusal::internal)?;
    Ok(SealedFile { bytes, level: Level::Archive, ..file })
}

/// A token over a digest; none where nobody answers in time: the document is worth having without it.
async fn stamp(digest: &[u8; 32], app: &App) -> Option<Timestamp> {
    let timestamper = app.timestamper.as_ref()?;
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&app.random_bytes()[..16]);
    match timeout(PATIENCE, timestamper.stamp(digest, nonce)).await {
        Ok(Ok(stamp)) if is_plain_token(&stamp.token) => Some(stamp),
        Ok(Ok(_)) => {
            tracing::warn!(
                "a document is signed without a time-stamp: the token has parts that nobody signed"
            );
            None
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "a document is signed without a time-stamp");
            None
        }
        Err(_) => {
            tracing::warn!("a document is signed without a time-stamp: no answer in time");
            None
        }
    }
}

impl Signer<'_> {
    /// The certificates above the key's.
    fn chain(&self) -> Vec<Vec<u8>> {
        if !self.document_key.chain.is_empty() {
            return self.document_key.chain.clone();
        }
        self.authority.and_then(|authority| authority.certificate.clone()).into_iter().collect()
    }
}

/// What whoever waits for a document is told.
pub(super) fn refuse_render(error: RendererError) -> Refusal {
    match error {
        RendererError::Busy => Refusal::Busy,
        other => Refusal::internal(other),
    }
}
