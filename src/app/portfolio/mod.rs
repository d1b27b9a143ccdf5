//! Portfolios: exported, listed, handed out.

mod compose;
mod export;

pub use export::{ExportRequest, export};

use super::{App, Refusal};
use crate::blobs::Digest;
use crate::domain::ids::PortfolioId;
use crate::domain::member::Caller;
use crate::storage::{CollegeRow, PortfolioRow};

/// An export with the college it stands under.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The export.
    pub row: PortfolioRow,
    /// Its public address.
    pub url: String,
}

/// The caller's exports, newest first.
pub async fn list(owner: &Caller, app: &App) -> Result<Vec<Exported>, Refusal> {
    let college = app.database.college(owner.college).await?;
    let mut tx = app.database.tenant(owner.college).await?;
    let rows = tx.portfolios_of(owner.member).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(|row| exported(row, &college, app)).collect())
}

/// One of the caller's exports.
pub async fn read(id: PortfolioId, owner: &Caller, app: &App) -> Result<Exported, Refusal> {
    let college = app.database.college(owner.college).await?;
    let mut tx = app.database.tenant(owner.college).await?;
    let row = tx
        .portfolio(id)
        .await?
        .filter(|row| row.student_id == owner.member.0)
        .ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    Ok(exported(row, &college, app))
}

/// The signed file of one of the caller's exports.
pub async fn read_file(id: PortfolioId, owner: &Caller, app: &App) -> Result<Vec<u8>, Refusal> {
    let export = read(id, owner, app).await?;
    file_of(&export.row, owner.college, app).await
}

pub(crate) async fn file_of(
    row: &PortfolioRow,
    college: crate::domain::ids::CollegeId,
    app: &App,
) -> Result<Vec<u8>, Refusal> {
    let digest = row
        .file_sha256
        .as_slice()
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?;
    app.blobs.read(college, Digest(digest)).await.map_err(Refusal::internal)
}

fn exported(row: PortfolioRow, college: &CollegeRow, app: &App) -> Exported {
    Exported { url: app.public_url.portfolio(&college.slug, row.id), row }
}
