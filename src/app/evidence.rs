//! Evidence: received, checked by content, normalised, kept by digest, shown to those who may.

use super::achievements::{AchievementView, see};
use super::standing::hold_own;
use super::{App, Refusal};
use crate::blobs::{BlobWriter, Digest, ReceiveError, Received};
use crate::domain::achievement::{Action, EvidenceKind, MAX_EVIDENCE, MAX_EVIDENCE_BYTES};
use crate::domain::ids::{AchievementId, CollegeId, EvidenceId, UploadId};
use crate::domain::member::Caller;
use crate::domain::text::{line, optional_line};
use crate::portfolio::evidence::sniff;
use crate::renderer::RendererError;
use crate::storage::{
    AchievementRow, DuplicateRow, EvidenceRow, NewEvidence, StorageError, TenantTx,
};

/// A file that is being received.
pub struct Upload {
    writer: BlobWriter,
    name: String,
}

/// Which form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The bytes as they came.
    Original,
    /// The JPEG that may be shown.
    Rendition,
    /// The small JPEG.
    Thumb,
}

/// Bytes with what they are.
#[derive(Clone, Debug)]
pub struct FileBytes {
    /// The octets.
    pub bytes: Vec<u8>,
    /// Their media type.
    pub media_type: String,
    /// The name they came under.
    pub name: String,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Upload {
    /// Begin to receive a file, once it is known that the caller may add one here.
    pub async fn begin(
        id: AchievementId,
        name: &str,
        author: &Caller,
        app: &App,
    ) -> Result<Self, Refusal> {
        let mut tx = app.database.tenant(author.college).await?;
        let view = see(id, author, &mut tx, app).await?;
        tx.commit().await?;
        may_add(&view, 1)?;
        let writer =
            app.blobs.receive(author.college, MAX_EVIDENCE_BYTES).await.map_err(refuse_receive)?;
        Ok(Self { writer, name: display_name(name) })
    }

    /// Take the next octets.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.writer.write(bytes).await.map_err(refuse_receive)
    }

    /// Keep the file: told by its content, made into a rendition, written to the achievement, with what the student
    /// wrote under it and says it is.
    pub async fn finish(
        self,
        id: AchievementId,
        (caption, kind): (Option<&str>, Option<EvidenceKind>),
        author: &Caller,
        app: &App,
    ) -> Result<EvidenceRow, Refusal> {
        let caption = parse_caption(caption)?;
        let received = self.writer.finish().await.map_err(refuse_receive)?;
        let file = NewFile { name: self.name, caption, kind, received, upload: None };
        attach(file, id, author, app).await
    }
}

/// A file whose bytes lie on the disk, to be attached to a draft.
pub(crate) struct NewFile {
    /// Name to show.
    pub(crate) name: String,
    /// What the student wrote under it.
    pub(crate) caption: Option<String>,
    /// What it is, as the student says.
    pub(crate) kind: Option<EvidenceKind>,
    /// The bytes.
    pub(crate) received: Received,
    /// The upload it came by, if it came in pieces.
    pub(crate) upload: Option<UploadId>,
}

/// Tell a file by its content, make its renditions, and write it to the draft: the one way to become evidence.
pub(crate) async fn attach(
    file: NewFile,
    id: AchievementId,
    author: &Caller,
    app: &App,
) -> Result<EvidenceRow, Refusal> {
    let received = file.received;
    let size = i64::try_from(received.size).map_err(Refusal::internal)?;
    if file.upload.is_none() {
        refuse_without_room(size, author, app).await?;
    }
    let original =
        app.blobs.read(author.college, received.digest).await.map_err(Refusal::internal)?;
    let format = sniff(&original).ok_or_else(|| {
        Refusal::UnsupportedType(format!(
            "“{}” is neither a JPEG, PNG or WebP picture nor a PDF.",
            file.name
        ))
    })?;
    let rendition = app
        .renderer
        .normalise(original)
        .await
        .map_err(|error| refuse_normalise(error, &file.name))?;
    let new = NewEvidence {
        id: app.row_id(),
        public_id: app.public_id(),
        media_type: format.media_type(),
        size,
        sha256: received.digest.0,
        rendition_sha256: keep(&rendition.jpeg, author.college, app).await?.0,
        print_sha256: keep(&rendition.print, author.college, app).await?.0,
        thumb_sha256: keep(&rendition.thumb, author.college, app).await?.0,
        pages: rendition.pages.and_then(|pages| i32::try_from(pages).ok()),
        caption: file.caption,
        kind: file.kind,
        created_at: app.now(),
        name: file.name,
    };
    let mut tx = app.database.tenant(author.college).await?;
    let held = tx.lock_achievement(id).await?.ok_or(Refusal::NotFound)?;
    let view = see(id, author, &mut tx, app).await?;
    may_add(&view, 1)?;
    if let Some(upload) = file.upload
        && !tx.finish_upload(upload, EvidenceId(new.id)).await?
    {
        return Err(Refusal::StillRunning);
    }
    tx.insert_evidence(id, held.revision, &new).await.map_err(refuse_insert)?;
    if !rendition.codes.is_empty() {
        tx.keep_codes(&new.sha256, &rendition.codes).await?;
    }
    tx.touch_achievement(id, held.version, app.now()).await?;
    let rows = tx.evidence_of(id, held.revision).await?;
    tx.commit().await?;
    rows.into_iter()
        .find(|row| row.id == new.id)
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the file was written a moment ago")))
}

/// What to change of a file at a draft; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct EvidenceChange {
    /// What it shows, at most 300 characters; none inside clears it.
    pub caption: Option<Option<String>>,
    /// What it is.
    pub kind: Option<EvidenceKind>,
    /// Its place among the files, from 1.
    pub position: Option<usize>,
}

/// Write under a file what it shows, say what it is, or move it among the others.
pub async fn change(
    achievement: AchievementId,
    id: EvidenceId,
    change: EvidenceChange,
    author: &Caller,
    app: &App,
) -> Result<EvidenceRow, Refusal> {
    let caption = change.caption.map(|text| parse_caption(text.as_deref())).transpose()?;
    let mut tx = app.database.tenant(author.college).await?;
    let (row, mut file) = hold_file(achievement, id, author, &mut tx, app).await?;
    if caption.is_some() || change.kind.is_some() {
        file.caption = caption.unwrap_or(file.caption);
        tx.caption_evidence(id, file.caption.as_deref(), change.kind).await?;
        file.kind = change.kind.map(|kind| kind.as_str().to_owned()).or(file.kind);
    }
    if let Some(position) = change.position {
        let others = tx.evidence_of(achievement, row.revision).await?.into_iter();
        let mut order: Vec<_> = others.map(|file| file.id).filter(|other| *other != id.0).collect();
        if !(1..=order.len() + 1).contains(&position) {
            let detail = format!("There are {} files.", order.len() + 1);
            return Err(Refusal::field("position", "out_of_range", detail));
        }
        order.insert(position - 1, id.0);
        tx.order_evidence(achievement, row.revision, &order).await?;
    }
    tx.touch_achievement(achievement, row.version, app.now()).await?;
    tx.commit().await?;
    Ok(file)
}

/// Take a file away from the draft.
pub async fn remove(
    achievement: AchievementId,
    id: EvidenceId,
    author: &Caller,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let (row, _) = hold_file(achievement, id, author, &mut tx, app).await?;
    tx.delete_evidence(id).await?;
    tx.touch_achievement(achievement, row.version, app.now()).await?;
    Ok(tx.commit().await?)
}

/// A file with what a reviewer should know of it.
#[derive(Clone, Debug)]
pub struct ExaminedFile {
    /// The file.
    pub row: EvidenceRow,
    /// What the QR codes in it say: text, never fetched.
    pub codes: Vec<String>,
    /// Where else in the college the same bytes stand; told to reviewers only.
    pub duplicates: Vec<DuplicateRow>,
}

/// The files of an achievement, in order.
pub async fn examine(
    id: AchievementId,
    caller: &Caller,
    app: &App,
) -> Result<Vec<ExaminedFile>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let view = see(id, caller, &mut tx, app).await?;
    let digests: Vec<_> = view.evidence.iter().map(|row| row.sha256.clone()).collect();
    let codes = tx.codes_of(&digests).await?;
    let duplicates = if view.row.student_id == caller.member.0 || caller.as_reviewer().is_none() {
        Vec::new()
    } else {
        tx.duplicates_of(id, view.row.revision).await?
    };
    tx.commit().await?;
    let examined = view.evidence.into_iter().map(|row| ExaminedFile {
        codes: codes
            .iter()
            .find(|(sha256, _)| *sha256 == row.sha256)
            .map(|(_, texts)| texts.clone())
            .unwrap_or_default(),
        duplicates: duplicates
            .iter()
            .filter(|duplicate| duplicate.sha256 == row.sha256)
            .cloned()
            .collect(),
        row,
    });
    Ok(examined.collect())
}

/// A file's bytes, for its owner and those who may review it.
pub async fn read(
    id: EvidenceId,
    form: Form,
    caller: &Caller,
    app: &App,
) -> Result<FileBytes, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.evidence(id).await?.ok_or(Refusal::NotFound)?;
    see(row.achievement_id.into(), caller, &mut tx, app).await?;
    tx.commit().await?;
    let (digest, media_type) = match form {
        Form::Original => (row.sha256, row.media_type),
        Form::Rendition => (row.rendition_sha256, "image/jpeg".to_owned()),
        Form::Thumb => (row.thumb_sha256, "image/jpeg".to_owned()),
    };
    let sha256 = digest
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?;
    let bytes = app.blobs.read(caller.college, Digest(sha256)).await.map_err(Refusal::internal)?;
    Ok(FileBytes { bytes, media_type, name: row.name, sha256 })
}

/// Keep bytes of our own making.
pub(crate) async fn keep(bytes: &[u8], college: CollegeId, app: &App) -> Result<Digest, Refusal> {
    let mut writer =
        app.blobs.receive(college, bytes.len() as u64).await.map_err(refuse_receive)?;
    writer.write(bytes).await.map_err(refuse_receive)?;
    Ok(writer.finish().await.map_err(refuse_receive)?.digest)
}

/// A file at the caller's own draft, which is held.
async fn hold_file(
    achievement: AchievementId,
    id: EvidenceId,
    author: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(AchievementRow, EvidenceRow), Refusal> {
    let held = tx.lock_achievement(achievement).await?.ok_or(Refusal::NotFound)?;
    let row = hold_own(achievement, held.version, Action::Edit, author, tx, app).await?.row;
    let files = tx.evidence_of(achievement, row.revision).await?;
    let file = files.into_iter().find(|file| file.id == id.0).ok_or(Refusal::NotFound)?;
    Ok((row, file))
}

/// Told before the work of a rendition is done; the database guards it once more.
async fn refuse_without_room(size: i64, author: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let room = tx.room(author.member).await?;
    tx.commit().await?;
    if room.used.saturating_add(size) > room.per_student {
        return Err(no_room_for_student());
    }
    if room.used_in_all.saturating_add(size) > room.in_all {
        return Err(no_room_in_college());
    }
    Ok(())
}

/// What the guards of the database say.
pub(crate) fn refuse_insert(error: StorageError) -> Refusal {
    if error.breaks("room_of_student") {
        no_room_for_student()
    } else if error.breaks("room_of_college") {
        no_room_in_college()
    } else {
        error.into()
    }
}

fn no_room_for_student() -> Refusal {
    Refusal::TooLarge(
        "Your files would take more room than your college gives to one student; remove some you do not need."
            .to_owned(),
    )
}

fn no_room_in_college() -> Refusal {
    Refusal::TooLarge("Your college has no room for more files; please tell it.".to_owned())
}

pub(crate) fn parse_caption(caption: Option<&str>) -> Result<Option<String>, Refusal> {
    optional_line(caption, 300)
        .map_err(|error| Refusal::field("caption", error.code(), error.to_string()))
}

pub(crate) fn may_add(view: &AchievementView, files: usize) -> Result<(), Refusal> {
    if !view.allowed.contains(&Action::Edit) {
        return Err(Refusal::InvalidTransition { allowed: view.allowed.clone() });
    }
    if view.evidence.len() + files > MAX_EVIDENCE {
        return Err(Refusal::field(
            "file",
            "too_many",
            format!("At most {MAX_EVIDENCE} files belong to one achievement."),
        ));
    }
    Ok(())
}

/// A name to show: one line, no path, never used as one.
pub(crate) fn display_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let short: String = last.chars().take(120).collect();
    line(&short, 1, 120).unwrap_or_else(|_| "file".to_owned())
}

pub(crate) fn refuse_receive(error: ReceiveError) -> Refusal {
    match error {
        ReceiveError::TooLarge { max_bytes } => {
            Refusal::TooLarge(format!("A file may have at most {} MB.", max_bytes / 1024 / 1024))
        }
        other => Refusal::internal(other),
    }
}

fn refuse_normalise(error: RendererError, name: &str) -> Refusal {
    match error {
        RendererError::Refused(reason) => {
            Refusal::UnsupportedType(format!("“{name}” cannot be used: {reason}."))
        }
        // A worker that died or ran out of time did so over this file: it says so and loses nothing.
        RendererError::TooSlow(_) | RendererError::Died(_) => {
            tracing::warn!(%error, "a file could not be normalised");
            Refusal::UnsupportedType(format!(
                "“{name}” is too large or too complicated to be shown; save it as a plain JPEG or PDF."
            ))
        }
        RendererError::Busy => Refusal::Busy,
        RendererError::Failed(_) | RendererError::Start(_) => Refusal::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::display_name;

    #[test]
    fn a_name_is_shown_without_its_path() {
        assert_eq!(display_name("../../etc/passwd"), "passwd");
        assert_eq!(display_name("C:\\Users\\k\\சான்றிதழ்.pdf"), "சான்றிதழ்.pdf");
        assert_eq!(display_name("a\u{202e}fdp.exe"), "file");
        assert_eq!(display_name(""), "file");
    }
}
