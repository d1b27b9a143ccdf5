//! Shares: links under which a student shows achievements to whoever has them, until they expire or are stopped.
//!
//! A token is the college and a secret, so that no table of all colleges is asked; of it only the SHA-256 is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use super::evidence::{FileBytes, Form};
use super::one_time::digest;
use super::record::{Happening, record};
use super::refusal::Current;
use super::{App, Refusal};
use crate::blobs::Digest;
use crate::domain::ids::{AchievementId, CollegeId, ShareId};
use crate::domain::member::Caller;
use crate::domain::text::line;
use crate::storage::{
    AddressedFileRow, CollegeRow, EvidenceRow, ShareRow, SharedByRow, SharedItemRow, TenantTx,
};

/// How long a share opens where nothing else was said.
const USUAL: Duration = Duration::days(90);
/// The longest a share may open.
const LONGEST: Duration = Duration::days(366);
/// Most shares of one student.
const MAX_SHARES: i64 = 100;
/// Most achievements chosen for one share.
const MAX_CHOSEN: usize = 200;

/// What a student wants to share; what is none stays as it was, or is as usual.
#[derive(Clone, Debug, Default)]
pub struct ShareChange {
    /// What the student calls it, at most 100 characters.
    pub name: Option<String>,
    /// Approved achievements; none inside for all that are approved, also later.
    pub achievements: Option<Option<Vec<AchievementId>>>,
    /// Whether it shows the files.
    pub evidence: Option<bool>,
    /// Until when it opens.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What whoever has the link sees.
#[derive(Clone, Debug)]
pub struct SharedView {
    /// The college that approved.
    pub college: CollegeRow,
    /// Whose achievements.
    pub by: SharedByRow,
    /// The achievements, newest first, each with its files where they are shown.
    pub items: Vec<(SharedItemRow, Vec<EvidenceRow>)>,
}

/// Make a share; its token is shown here and never again.
pub async fn create(
    change: ShareChange,
    owner: &Caller,
    app: &App,
) -> Result<(ShareRow, String), Refusal> {
    let now = app.now();
    let token = draw(owner.college, app);
    let mut row = ShareRow {
        id: app.row_id(),
        student_id: owner.member.0,
        name: "Shared link".to_owned(),
        everything: true,
        evidence: false,
        expires_at: now + USUAL,
        opens: 0,
        last_opened: None,
        created_at: now,
        version: 1,
        achievements: Vec::new(),
    };
    let mut tx = app.database.tenant(owner.college).await?;
    if tx.count_shares(owner.member).await? >= MAX_SHARES {
        return Err(Refusal::Conflict("There are 100 links already; stop one that is not used."));
    }
    let chosen = apply(change, &mut row, owner, &mut tx, app).await?.unwrap_or_default();
    tx.insert_share(&row, &digest(&token), &chosen).await?;
    note("share_created", row.id, owner, &mut tx, app).await?;
    let row = find(ShareId(row.id), owner, &mut tx).await?;
    tx.commit().await?;
    Ok((row, token))
}

/// The caller's shares, newest first.
pub async fn list(owner: &Caller, app: &App) -> Result<Vec<ShareRow>, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let rows = tx.shares_of(owner.member, None).await?;
    tx.commit().await?;
    Ok(rows)
}

/// One of the caller's shares.
pub async fn read(id: ShareId, owner: &Caller, app: &App) -> Result<ShareRow, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let row = find(id, owner, &mut tx).await?;
    tx.commit().await?;
    Ok(row)
}

/// Change what a share shows, or until when.
pub async fn change(
    id: ShareId,
    version: i64,
    change: ShareChange,
    owner: &Caller,
    app: &App,
) -> Result<ShareRow, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let mut row = find(id, owner, &mut tx).await?;
    if row.version != version {
        return Err(stale(&row));
    }
    let chosen = apply(change, &mut row, owner, &mut tx, app).await?;
    if !tx.update_share(&row, chosen.as_deref()).await? {
        return Err(stale(&find(id, owner, &mut tx).await?));
    }
    note("share_changed", row.id, owner, &mut tx, app).await?;
    let row = find(id, owner, &mut tx).await?;
    tx.commit().await?;
    Ok(row)
}

/// Stop a share: its link opens nothing any more, for good.
pub async fn stop(id: ShareId, owner: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    if !tx.delete_share(id, owner.member).await? {
        return Err(Refusal::NotFound);
    }
    note("share_stopped", id.0, owner, &mut tx, app).await?;
    Ok(tx.commit().await?)
}

/// What a link shows, counted as opened; nothing where it expired, was stopped, or never was.
pub async fn open(token: &str, app: &App) -> Result<SharedView, Refusal> {
    let college = college_of(token).ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(college).await?;
    let share = tx.open_share(&digest(token), app.now(), true).await?.ok_or(Refusal::NotFound)?;
    let (by, evidence) = tx.shared_by(share).await?.ok_or(Refusal::NotFound)?;
    let mut items = Vec::new();
    for item in tx.shared_items(share).await? {
        let files = if evidence {
            tx.evidence_of(item.achievement.into(), item.revision).await?
        } else {
            Vec::new()
        };
        items.push((item, files));
    }
    let college = tx.own_college().await?;
    tx.commit().await?;
    Ok(SharedView { college, by, items })
}

/// The file at the address that a credential names it by: where its student made the credential public, or under a
/// share that shows files. What is given out is what the credential carries the digest of.
pub async fn addressed_file(
    address: Uuid,
    token: Option<&str>,
    form: Form,
    app: &App,
) -> Result<FileBytes, Refusal> {
    let college = app.database.college_of_file(address).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(college).await?;
    let share = match token {
        Some(token) if college_of(token) == Some(college) => {
            tx.open_share(&digest(token), app.now(), false).await?
        }
        Some(_) | None => None,
    };
    let file = tx.addressed_file(address, share).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    let (sha256, media_type) = given_out(&file, form);
    let sha256 = sha256
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?;
    let bytes = app.blobs.read(college, Digest(sha256)).await.map_err(Refusal::internal)?;
    Ok(FileBytes { bytes, media_type: media_type.to_owned(), name: file.name, sha256 })
}

/// The rendition of a picture, a PDF itself: as the credential has it.
fn given_out(file: &AddressedFileRow, form: Form) -> (&[u8], &str) {
    match form {
        Form::Thumb => (&file.thumb_sha256, "image/jpeg"),
        Form::Rendition => (&file.rendition_sha256, "image/jpeg"),
        Form::Original if file.media_type == "application/pdf" => (&file.sha256, "application/pdf"),
        // The original of a picture tells where it was taken; it is for its owner and the reviewers.
        Form::Original => (&file.rendition_sha256, "image/jpeg"),
    }
}

/// Write the change over the row; the achievements to choose, where that changes.
async fn apply(
    change: ShareChange,
    row: &mut ShareRow,
    owner: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<Vec<AchievementId>>, Refusal> {
    if let Some(name) = change.name {
        row.name = line(&name, 1, 100)
            .map_err(|error| Refusal::field("name", error.code(), error.to_string()))?;
    }
    if let Some(expires_at) = change.expires_at {
        if expires_at <= app.now() || expires_at > app.now() + LONGEST {
            let detail = "A link opens for at most a year from now.";
            return Err(Refusal::field("expires_at", "out_of_range", detail));
        }
        row.expires_at = expires_at;
    }
    row.evidence = change.evidence.unwrap_or(row.evidence);
    let Some(chosen) = change.achievements else { return Ok(None) };
    row.everything = chosen.is_none();
    let chosen = chosen.unwrap_or_default();
    if !row.everything && (chosen.is_empty() || chosen.len() > MAX_CHOSEN) {
        let detail = format!("Choose between one and {MAX_CHOSEN}, or null for all.");
        return Err(Refusal::field("achievements", "out_of_range", detail));
    }
    if !tx.not_approved(owner.member, &chosen).await?.is_empty() {
        let detail = "Only your own achievements that are approved can be shared.";
        return Err(Refusal::field("achievements", "not_approved", detail));
    }
    Ok(Some(chosen))
}

async fn find(id: ShareId, owner: &Caller, tx: &mut TenantTx) -> Result<ShareRow, Refusal> {
    tx.shares_of(owner.member, Some(id)).await?.pop().ok_or(Refusal::NotFound)
}

async fn note(
    kind: &str,
    share: Uuid,
    owner: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let happening = Happening::in_college(kind, json!({ "share": share }));
    record(happening, owner.into(), tx, app).await
}

fn stale(row: &ShareRow) -> Refusal {
    Refusal::Stale(Current {
        status: "shared",
        decided_by: None,
        decided_at: None,
        version: row.version,
    })
}

/// The college, then 32 random octets.
fn draw(college: CollegeId, app: &App) -> String {
    let mut token = college.0.as_bytes().to_vec();
    token.extend(app.random_bytes());
    URL_SAFE_NO_PAD.encode(token)
}

fn college_of(token: &str) -> Option<CollegeId> {
    let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    Uuid::from_slice(&bytes[..16]).ok().map(CollegeId)
}
