//! Portfolios: exported, listed, handed out.

mod compose;
mod export;
mod make;
mod material;
mod pictures;
mod preview;

pub(super) use compose::{college_data, locale};
pub(super) use export::perform;
pub use export::{Outcome, export};
pub use material::ExportRequest;
pub(super) use material::local_day;
pub use preview::preview;

pub use crate::portfolio::compose::Size;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sealed::Signer;
use super::{App, Refusal};
use crate::blobs::Digest;
use crate::domain::ids::PortfolioId;
use crate::domain::member::Caller;
use crate::storage::{CollegeRow, PortfolioExportRow, PortfolioRow};

/// A portfolio, made or under way.
#[derive(Clone, Debug)]
pub struct Export {
    /// Id.
    pub id: Uuid,
    /// Its public address.
    pub url: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Credentials inside.
    pub achievements: i64,
    /// Language word.
    pub locale: String,
    /// Layout.
    pub template: String,
    /// With fewer and smaller pictures.
    pub small: bool,
    /// How far it is.
    pub state: ExportState,
}

/// How far a portfolio is.
#[derive(Clone, Debug)]
pub enum ExportState {
    /// There is a file.
    Done(Box<PortfolioRow>),
    /// So many per cent are done.
    Running(i32),
    /// It cannot be made, by this code.
    Failed(String),
}

impl material::Material {
    fn signer(&self) -> Signer<'_> {
        Signer {
            college: &self.college,
            document_key: &self.document_key,
            authority: self.authority.as_ref(),
            wanted: self.level,
        }
    }
}

/// The caller's exports, newest first: those under way, those that failed of late, those that were made.
pub async fn list(owner: &Caller, app: &App) -> Result<Vec<Export>, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let college = tx.own_college().await?;
    let since = app.now() - export::SHOW_FAILED;
    let open = tx.open_portfolio_exports(owner.member, since).await?;
    let rows = tx.portfolios_of(owner.member).await?;
    tx.commit().await?;
    let open = open.into_iter().map(|row| open_export(row, &college, app));
    let made = rows.into_iter().map(|row| exported(row, &college, app));
    let mut all: Vec<Export> = open.chain(made).collect();
    all.sort_by_key(|export| std::cmp::Reverse(export.created_at));
    Ok(all)
}

/// One of the caller's exports; of one that led to an older file, that file's.
pub async fn read(id: PortfolioId, owner: &Caller, app: &App) -> Result<Export, Refusal> {
    let mut tx = app.database.tenant(owner.college).await?;
    let college = tx.own_college().await?;
    let own = |student: &Uuid| *student == owner.member.0;
    let row = tx.portfolio_export(id).await?.filter(|row| own(&row.student_id));
    let made = row.as_ref().and_then(|row| row.portfolio_id).map_or(id, PortfolioId);
    let portfolio = tx.portfolio(made).await?.filter(|row| own(&row.student_id));
    tx.commit().await?;
    match (portfolio, row) {
        (Some(portfolio), _) => Ok(exported(portfolio, &college, app)),
        (None, Some(row)) => Ok(open_export(row, &college, app)),
        (None, None) => Err(Refusal::NotFound),
    }
}

/// The signed file of one of the caller's exports.
pub async fn read_file(id: PortfolioId, owner: &Caller, app: &App) -> Result<Vec<u8>, Refusal> {
    match read(id, owner, app).await?.state {
        ExportState::Done(row) => file_of(&row, owner.college, app).await,
        ExportState::Running(_) | ExportState::Failed(_) => Err(Refusal::NotFound),
    }
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

fn exported(row: PortfolioRow, college: &CollegeRow, app: &App) -> Export {
    Export {
        id: row.id,
        url: app.public_url.portfolio(&college.slug, row.id),
        created_at: row.created_at,
        achievements: row.credentials,
        locale: row.locale.clone(),
        template: row.template.clone(),
        small: row.small,
        state: ExportState::Done(Box::new(row)),
    }
}

fn open_export(row: PortfolioExportRow, college: &CollegeRow, app: &App) -> Export {
    let word = |field: &str| row.request[field].as_str().unwrap_or_default().to_owned();
    Export {
        id: row.id,
        url: app.public_url.portfolio(&college.slug, row.id),
        created_at: row.created_at,
        achievements: row.achievements.into(),
        locale: word("locale"),
        template: word("template"),
        small: word("size") == "small",
        state: match row.reason {
            Some(reason) => ExportState::Failed(reason),
            None => ExportState::Running(row.progress),
        },
    }
}
