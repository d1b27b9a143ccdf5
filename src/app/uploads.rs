//! Uploads in pieces, for phones whose connection breaks: what came is kept, and the rest is sent later.
//!
//! Each piece is a file of its own by its digest, so that it lies on the disk for good (`blobs`) before the row says how
//! far the upload is. The row is moved on by a guarded update: of two pieces for the same place one counts, and the file
//! of the other is swept. Once all is there, the pieces become one file, on the way that every file of evidence goes.

use chrono::Duration;
use futures_util::{Stream, StreamExt};

use super::authenticate::word;
use super::evidence::{
    NewFile, attach, display_name, may_add, parse_caption, refuse_insert, refuse_receive,
};
use super::{App, Refusal, achievements};
use crate::blobs::{Digest, Received};
use crate::domain::achievement::{EvidenceKind, MAX_EVIDENCE_BYTES};
use crate::domain::ids::{AchievementId, EvidenceId, UploadId};
use crate::domain::member::Caller;
use crate::storage::{EvidenceRow, NewPart, RoomRow, UploadRow};

/// How long an upload is kept after its last piece.
pub const KEPT: Duration = Duration::hours(24);
/// Most pieces of one file.
const MAX_PARTS: usize = 1_000;
/// The longest one piece may take to come; what came until then is kept.
const PIECE_TIME: std::time::Duration = std::time::Duration::from_secs(300);

/// A file that somebody wants to send in pieces.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The draft it is for.
    pub achievement: AchievementId,
    /// Name as the phone has it.
    pub name: String,
    /// Octets of the whole file.
    pub size: u64,
    /// Of the whole file.
    pub sha256: Option<[u8; 32]>,
    /// What it shows.
    pub caption: Option<String>,
    /// What it is.
    pub kind: Option<EvidenceKind>,
}

/// How far an upload is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The upload.
    pub row: UploadRow,
    /// The file it became.
    pub evidence: Option<EvidenceRow>,
}

/// What became of a piece.
#[derive(Clone, Debug)]
pub enum Appended {
    /// It is kept, and there is more to come.
    Kept(UploadRow),
    /// It was the last one: the file stands at the draft.
    Attached(UploadRow, Box<EvidenceRow>),
    /// It begins elsewhere than the upload is: at `received`.
    ElsewhereThan(UploadRow),
}

/// Begin an upload: room is kept for the whole file until it is attached or forgotten.
pub async fn begin(
    announced: Announcement,
    author: &Caller,
    app: &App,
) -> Result<UploadRow, Refusal> {
    if announced.size == 0 {
        return Err(Refusal::field("size", "out_of_range", "The file is empty."));
    }
    if announced.size > MAX_EVIDENCE_BYTES {
        let most = MAX_EVIDENCE_BYTES / 1024 / 1024;
        return Err(Refusal::TooLarge(format!("A file may have at most {most} MB.")));
    }
    let new = crate::storage::NewUpload {
        id: UploadId(app.row_id()),
        student: author.member,
        achievement: announced.achievement,
        name: display_name(&announced.name),
        caption: parse_caption(announced.caption.as_deref())?,
        kind: announced.kind,
        size: i64::try_from(announced.size).map_err(Refusal::internal)?,
        sha256: announced.sha256,
        created_at: app.now(),
    };
    let mut tx = app.database.tenant(author.college).await?;
    let view = achievements::see(announced.achievement, author, &mut tx, app).await?;
    may_add(&view, 1)?;
    tx.insert_upload(&new).await.map_err(refuse_insert)?;
    let row = tx.upload(new.id, author.member).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(row)
}

/// The caller's uploads under way, and their room.
pub async fn list(owner: &Caller, app: &App) -> Result<(Vec<UploadRow>, RoomRow), Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let rows = tx.uploads_of(owner.member).await?;
    let room = tx.room(owner.member).await?;
    tx.commit().await?;
    Ok((rows, room))
}

/// How far an upload of the caller is.
pub async fn read(id: UploadId, owner: &Caller, app: &App) -> Result<Progress, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let row = tx.upload(id, owner.member).await?.ok_or(Refusal::NotFound)?;
    let evidence = match row.evidence_id {
        Some(evidence) => tx.evidence(EvidenceId(evidence)).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(Progress { row, evidence })
}

/// Take the octets from `at` on. What came before the stream broke is kept; the last octet makes the file.
///
/// Said again at the end of an upload that is whole, it tries once more to make the file, or tells what became of it.
pub async fn append<E>(
    id: UploadId,
    at: u64,
    octets: impl Stream<Item = Result<bytes::Bytes, E>> + Unpin,
    author: &Caller,
    app: &App,
) -> Result<Appended, Refusal> {
    let Progress { row, evidence } = read(id, author, app).await?;
    if i64::try_from(at) != Ok(row.received) {
        return Ok(Appended::ElsewhereThan(row));
    }
    if let Some(evidence) = evidence {
        return Ok(Appended::Attached(row, Box::new(evidence)));
    }
    if row.received < row.size && !take(&row, octets, author, app).await? {
        return Ok(Appended::ElsewhereThan(read(id, author, app).await?.row));
    }
    let row = read(id, author, app).await?.row;
    if row.received < row.size {
        return Ok(Appended::Kept(row));
    }
    match assemble(&row, author, app).await {
        Ok(evidence) => {
            let row = read(id, author, app).await?.row;
            Ok(Appended::Attached(row, Box::new(evidence)))
        }
        Err(refusal) => {
            // No second try would make these bytes better: their room is free again.
            if matches!(refusal, Refusal::UnsupportedType(_)) {
                forget(id, author, app).await?;
            }
            Err(refusal)
        }
    }
}

/// Give an upload up. What it became already stays.
pub async fn forget(id: UploadId, owner: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    if !tx.delete_upload(id, owner.member).await? {
        return Err(Refusal::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Forget the uploads of all colleges that nobody went on with for a day; how many.
pub async fn forget_old(app: &App) -> Result<u64, Refusal> {
    let mut forgotten = 0;
    for college in app.database.college_ids().await? {
        let mut tx = app.database.tenant(college).await?;
        forgotten += tx.forget_uploads_before(app.now() - KEPT).await?;
        tx.commit().await?;
    }
    Ok(forgotten)
}

/// Write a piece, and move the upload on by what came of it. False where another piece was first.
async fn take<E>(
    row: &UploadRow,
    mut octets: impl Stream<Item = Result<bytes::Bytes, E>> + Unpin,
    author: &Caller,
    app: &App,
) -> Result<bool, Refusal> {
    let id = UploadId(row.id);
    let left = u64::try_from(row.size - row.received).map_err(Refusal::internal)?;
    let mut tx = app.database.tenant(author.college).await?;
    let parts = tx.upload_parts(id).await?.len();
    tx.commit().await?;
    if parts >= MAX_PARTS {
        return Err(Refusal::Conflict(
            "The file came in too many pieces; begin again with larger ones.",
        ));
    }
    let mut writer = app.blobs.receive(author.college, left).await.map_err(refuse_receive)?;
    let end = tokio::time::Instant::now() + PIECE_TIME;
    // A client that left, or is too slow: what came is kept.
    while let Ok(Some(Ok(bytes))) = tokio::time::timeout_at(end, octets.next()).await {
        if writer.size() + bytes.len() as u64 > left {
            return Err(Refusal::TooLarge(format!(
                "This is more than was announced: {left} octets were left to come."
            )));
        }
        writer.write(&bytes).await.map_err(refuse_receive)?;
    }
    if writer.size() == 0 {
        return Ok(true);
    }
    let received = writer.finish().await.map_err(refuse_receive)?;
    let part = NewPart {
        starts_at: row.received,
        size: i64::try_from(received.size).map_err(Refusal::internal)?,
        sha256: received.digest.0,
    };
    let mut tx = app.database.tenant(author.college).await?;
    let added = tx.add_part(id, &part, app.now()).await?;
    tx.commit().await?;
    Ok(added)
}

/// Make the pieces one file and attach it.
async fn assemble(row: &UploadRow, author: &Caller, app: &App) -> Result<EvidenceRow, Refusal> {
    let id = UploadId(row.id);
    let mut tx = app.database.tenant(author.college).await?;
    let parts = tx.upload_parts(id).await?;
    tx.commit().await?;
    let received = join(&parts, author, app).await?;
    if row.sha256.as_deref().is_some_and(|announced| announced != received.digest.0) {
        forget(id, author, app).await?;
        return Err(Refusal::field(
            "sha256",
            "mismatch",
            "What came is not the file that was announced; please send it again.",
        ));
    }
    let file = NewFile {
        name: row.name.clone(),
        caption: row.caption.clone(),
        kind: row.kind.as_deref().map(word).transpose()?,
        received,
        upload: Some(id),
    };
    match attach(file, row.achievement_id.into(), author, app).await {
        // The same last piece, sent twice: the other one made the file.
        Err(Refusal::StillRunning) => {
            read(id, author, app).await?.evidence.ok_or(Refusal::StillRunning)
        }
        attached => attached,
    }
}

async fn join(parts: &[(i64, Vec<u8>)], author: &Caller, app: &App) -> Result<Received, Refusal> {
    let digest = |sha256: &[u8]| {
        sha256
            .try_into()
            .map(Digest)
            .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))
    };
    if let [(size, sha256)] = parts {
        let size = u64::try_from(*size).map_err(Refusal::internal)?;
        return Ok(Received { digest: digest(sha256)?, size });
    }
    let mut writer =
        app.blobs.receive(author.college, MAX_EVIDENCE_BYTES).await.map_err(refuse_receive)?;
    for (_, sha256) in parts {
        let bytes =
            app.blobs.read(author.college, digest(sha256)?).await.map_err(Refusal::internal)?;
        writer.write(&bytes).await.map_err(refuse_receive)?;
    }
    writer.finish().await.map_err(refuse_receive)
}
