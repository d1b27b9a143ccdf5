//! Files that the college signs with its key for documents, and lists sealed that way.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};

use super::portfolio::{college_data, local_day, locale};
use super::{App, Refusal, keys};
use crate::domain::ids::CollegeId;
use crate::domain::member::Language;
use crate::portfolio::list::{Column, ListData, ListInput, MAX_ROWS};
use crate::portfolio::sign::{self, SignatureFacts};
use crate::renderer::RendererError;
use crate::storage::{CollegeRow, KeyRow};

/// In whose name a file is signed, and with what.
pub(super) struct Signer<'a> {
    pub(super) college: &'a CollegeRow,
    pub(super) document_key: &'a KeyRow,
    pub(super) authority: &'a KeyRow,
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
    tx.commit().await?;
    let (Some(document_key), Some(authority)) = (document_key, authority) else {
        return Err(Refusal::Conflict("The college has no active signing key at the moment."));
    };
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
    let signer = Signer { college: &row, document_key: &document_key, authority: &authority };
    let file = sign_file(rendered.pdf, &list.reason, now, &signer, college, app)?;
    let mut tx = app.database.tenant(college).await?;
    let held = tx.hold_active_key(keys::DOCUMENTS).await?;
    if held.is_none_or(|key| key.id != document_key.id) {
        // What a stopped key signed is thrown away.
        return Err(Refusal::Busy);
    }
    tx.count_signatures(document_key.id.into(), 1, app.now()).await?;
    tx.commit().await?;
    Ok(file)
}

/// Sign a rendered file in the college's name.
pub(super) fn sign_file(
    pdf: Vec<u8>,
    reason: &str,
    now: DateTime<Utc>,
    signer: &Signer<'_>,
    college: CollegeId,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    let facts = SignatureFacts {
        signer_certificate: signer.document_key.certificate.clone().unwrap_or_default(),
        chain: signer.authority.certificate.clone().into_iter().collect(),
        signed_at: now,
        name: signer.college.name.clone(),
        reason: reason.to_owned(),
        location: signer.college.city.clone(),
        contact: signer.college.website.clone(),
    };
    let prepared = sign::prepare(pdf, &facts).map_err(Refusal::internal)?;
    let signatures = keys::sign(signer.document_key, college, &[prepared.message()], app)?;
    let signature = signatures
        .first()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))?;
    prepared.attach(signature).map_err(Refusal::internal)
}

/// What whoever waits for a document is told.
pub(super) fn refuse_render(error: RendererError) -> Refusal {
    match error {
        RendererError::Busy => Refusal::Busy,
        other => Refusal::internal(other),
    }
}
