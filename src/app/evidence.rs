//! Evidence: received, checked by content, normalised, kept by digest, shown to those who may.

use super::achievements::{AchievementView, see};
use super::standing::hold_own;
use super::{App, Refusal};
use crate::blobs::{BlobWriter, Digest, ReceiveError};
use crate::domain::achievement::{Action, EvidenceKind, MAX_EVIDENCE, MAX_EVIDENCE_BYTES};
use crate::domain::ids::{AchievementId, CollegeId, EvidenceId};
use crate::domain::member::Caller;
use crate::domain::text::{line, optional_line};
use crate::portfolio::evidence::sniff;
use crate::renderer::RendererError;
use crate::storage::{EvidenceRow, NewEvidence};

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

    /// Keep the file: told by its content, made into a rendition, written to the achievement.
    pub async fn finish(
        self,
        id: AchievementId,
        caption: Option<&str>,
        author: &Caller,
        app: &App,
    ) -> Result<EvidenceRow, Refusal> {
        let caption = optional_line(caption, 300)
            .map_err(|error| Refusal::field("caption", error.code(), error.to_string()))?;
        let received = self.writer.finish().await.map_err(refuse_receive)?;
        let original =
            app.blobs.read(author.college, received.digest).await.map_err(Refusal::internal)?;
        let kind = sniff(&original).ok_or_else(|| {
            Refusal::UnsupportedType(format!(
                "“{}” is neither a JPEG, PNG or WebP picture nor a PDF.",
                self.name
            ))
        })?;
        let rendition = app
            .renderer
            .normalise(original)
            .await
            .map_err(|error| refuse_normalise(error, &self.name))?;
        let new = NewEvidence {
            id: app.row_id(),
            public_id: app.public_id(),
            media_type: kind.media_type(),
            size: i64::try_from(received.size).map_err(Refusal::internal)?,
            sha256: received.digest.0,
            rendition_sha256: keep(&rendition.jpeg, author.college, app).await?.0,
            print_sha256: keep(&rendition.print, author.college, app).await?.0,
            thumb_sha256: keep(&rendition.thumb, author.college, app).await?.0,
            pages: rendition.pages.and_then(|pages| i32::try_from(pages).ok()),
            caption,
            kind: None,
            created_at: app.now(),
            name: self.name,
        };
        let mut tx = app.database.tenant(author.college).await?;
        let held = tx.lock_achievement(id).await?.ok_or(Refusal::NotFound)?;
        let view = see(id, author, &mut tx, app).await?;
        may_add(&view, 1)?;
        tx.insert_evidence(id, held.revision, &new).await?;
        tx.touch_achievement(id, held.version, app.now()).await?;
        let rows = tx.evidence_of(id, held.revision).await?;
        tx.commit().await?;
        rows.into_iter()
            .find(|row| row.id == new.id)
            .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the file was written a moment ago")))
    }
}

/// Write under a file what it shows, and say what it is.
pub async fn caption(
    achievement: AchievementId,
    id: EvidenceId,
    (caption, kind): (Option<&str>, Option<EvidenceKind>),
    author: &Caller,
    app: &App,
) -> Result<EvidenceRow, Refusal> {
    let caption = optional_line(caption, 300)
        .map_err(|error| Refusal::field("caption", error.code(), error.to_string()))?;
    change(achievement, id, Change::Caption(caption, kind), author, app).await
}

/// Take a file away from the draft.
pub async fn remove(
    achievement: AchievementId,
    id: EvidenceId,
    author: &Caller,
    app: &App,
) -> Result<(), Refusal> {
    change(achievement, id, Change::Remove, author, app).await.map(drop)
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

enum Change {
    Caption(Option<String>, Option<EvidenceKind>),
    Remove,
}

async fn change(
    achievement: AchievementId,
    id: EvidenceId,
    change: Change,
    author: &Caller,
    app: &App,
) -> Result<EvidenceRow, Refusal> {
    let mut tx = app.database.tenant(author.college).await?;
    let held = tx.lock_achievement(achievement).await?.ok_or(Refusal::NotFound)?;
    let row = hold_own(achievement, held.version, Action::Edit, author, &mut tx, app).await?.row;
    let mut file = tx
        .evidence_of(achievement, row.revision)
        .await?
        .into_iter()
        .find(|file| file.id == id.0)
        .ok_or(Refusal::NotFound)?;
    match change {
        Change::Caption(caption, kind) => {
            tx.caption_evidence(id, caption.as_deref(), kind).await?;
            file.caption = caption;
            file.kind = kind.map(|kind| kind.as_str().to_owned()).or(file.kind);
        }
        Change::Remove => tx.delete_evidence(id).await?,
    }
    tx.touch_achievement(achievement, row.version, app.now()).await?;
    tx.commit().await?;
    Ok(file)
}

fn may_add(view: &AchievementView, files: usize) -> Result<(), Refusal> {
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
fn display_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let short: String = last.chars().take(120).collect();
    line(&short, 1, 120).unwrap_or_else(|_| "file".to_owned())
}

fn refuse_receive(error: ReceiveError) -> Refusal {
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
