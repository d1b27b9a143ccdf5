//! Exporting a portfolio: at once where it is small, in the background where it is not.

use chrono::{Duration, SubsecRound};

use super::make::{MakeError, Order, Progress, Untold, make};
use super::material::{ExportRequest, Material, check, gather};
use super::{Export, exported, open_export};
use crate::app::access_token::Bearer;
use crate::app::record::enqueue;
use crate::app::{App, Refusal, authenticate, sealed};
use crate::domain::ids::{CollegeId, MemberId, PortfolioId};
use crate::domain::job::Job;
use crate::domain::member::{Caller, Permission};
use crate::renderer::RendererError;
use crate::storage::NewPortfolioExport;

/// With more than this, nobody waits for the answer.
const LARGE_ITEMS: usize = 25;
/// The same of pictures.
const LARGE_PICTURES: usize = 20;
/// How often a file is begun anew because a key was replaced or a credential fell in the meantime.
const BEGINNINGS: u32 = 3;
/// An export that failed this often for a passing reason is given up.
const MAX_ATTEMPTS: i32 = 4;

/// What became of the wish for a portfolio.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was made now.
    Made(Export),
    /// It had been made before.
    Found(Export),
    /// It is being made.
    Begun(Export),
}

/// Make the signed file. The same inputs give the same export: id, address and bytes.
pub async fn export(request: ExportRequest, owner: &Caller, app: &App) -> Result<Outcome, Refusal> {
    check(&request)?;
    for _ in 0..BEGINNINGS {
        if let Some(outcome) = attempt(&request, owner, app).await? {
            return Ok(outcome);
        }
    }
    Err(Refusal::Busy)
}

/// With the keys that sign and the credentials that hold now. None where one of them was stopped or fell before the file
/// was kept: what was signed is thrown away, and nobody ever sees it.
async fn attempt(
    request: &ExportRequest,
    owner: &Caller,
    app: &App,
) -> Result<Option<Outcome>, Refusal> {
    let material = gather(request, owner, app).await?;
    let inputs_hash = material.hash(request, material.level);
    let mut tx = app.database.tenant(owner.college).await?;
    if let Some(row) = tx.portfolio_of_inputs(owner.member, &inputs_hash).await? {
        tx.commit().await?;
        return Ok(Some(Outcome::Found(exported(row, &material.college, app))));
    }
    let id = PortfolioId(app.public_id());
    let created = app.now().trunc_subsecs(0);
    if material.chosen.len() > LARGE_ITEMS || material.pictures() > LARGE_PICTURES {
        let new = NewPortfolioExport {
            id,
            student: owner.member,
            inputs_hash,
            request: &serde_json::to_value(request).map_err(Refusal::internal)?,
            achievements: i32::try_from(material.chosen.len()).map_err(Refusal::internal)?,
            created_at: created,
        };
        let (row, written) = tx.begin_portfolio_export(&new).await?;
        if written {
            enqueue(&Job::ExportPortfolio { portfolio: id }, &mut tx, app).await?;
        }
        tx.commit().await?;
        return Ok(Some(Outcome::Begun(open_export(row, &material.college, app))));
    }
    tx.commit().await?;
    let order = Order { id, created, request, material: &material, owner };
    match make(&order, &Untold, app).await {
        Ok((row, made)) => {
            let export = exported(row, &material.college, app);
            Ok(Some(if made { Outcome::Made(export) } else { Outcome::Found(export) }))
        }
        Err(MakeError::Overtaken) => Ok(None),
        Err(MakeError::Render(error)) => Err(sealed::refuse_render(error)),
        Err(MakeError::Refused(refusal)) => Err(refusal),
    }
}

/// Make a portfolio that was asked for; harmless when done twice. An error means: try again later.
pub(in crate::app) async fn perform(
    id: PortfolioId,
    attempt: i32,
    college: CollegeId,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let row = tx.portfolio_export(id).await?;
    tx.commit().await?;
    let Some(row) = row.filter(|row| matches!(row.state.as_str(), "waiting" | "running")) else {
        return Ok(());
    };
    let background = Background { id, college };
    let member = MemberId(row.student_id);
    let request = serde_json::from_value(row.request).map_err(Refusal::internal)?;
    let made = background.make(&request, Bearer { member, college }, row.created_at, app).await;
    let reason = match made {
        Ok(portfolio) => {
            let mut tx = app.database.tenant(college).await?;
            tx.finish_portfolio_export(id, portfolio, app.now()).await?;
            return Ok(tx.commit().await?);
        }
        Err(Failure::ForGood(reason)) => reason,
        Err(Failure::Passing(reason, refusal)) if attempt >= MAX_ATTEMPTS => {
            tracing::error!(portfolio = %id, error = ?refusal, "a portfolio was given up");
            reason
        }
        Err(Failure::Passing(_, refusal)) => return Err(refusal),
    };
    let mut tx = app.database.tenant(college).await?;
    tx.fail_portfolio_export(id, reason, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Why an export in the background came to nothing: a code for the student, and whether another attempt may help.
enum Failure {
    ForGood(&'static str),
    Passing(&'static str, Refusal),
}

struct Background {
    id: PortfolioId,
    college: CollegeId,
}

impl Background {
    /// The portfolio: this one, or one of the same inputs that was made meanwhile.
    async fn make(
        &self,
        request: &ExportRequest,
        owner: Bearer,
        created: chrono::DateTime<chrono::Utc>,
        app: &App,
    ) -> Result<PortfolioId, Failure> {
        let owner = authenticate::load(owner, app).await.map_err(changed)?;
        if !owner.may(Permission::ExportPortfolio) {
            return Err(Failure::ForGood("record_changed"));
        }
        // The record as it is now: what was revoked since is not in it.
        let material: Material = gather(request, &owner, app).await.map_err(changed)?;
        let inputs_hash = material.hash(request, material.level);
        let mut tx = app.database.tenant(self.college).await.map_err(passing)?;
        let before = tx.portfolio_of_inputs(owner.member, &inputs_hash).await.map_err(passing)?;
        tx.commit().await.map_err(passing)?;
        if let Some(row) = before {
            return Ok(row.id.into());
        }
        let order = Order { id: self.id, created, request, material: &material, owner: &owner };
        match make(&order, self, app).await {
            Ok((row, _)) => Ok(row.id.into()),
            Err(MakeError::Refused(refusal)) => Err(Failure::Passing("internal", refusal)),
            Err(MakeError::Render(error)) => Err(render_failure(error, self.id)),
            Err(MakeError::Overtaken) => Err(Failure::Passing("busy", Refusal::Busy)),
        }
    }
}

impl Progress for Background {
    async fn reach(&self, percent: i32, app: &App) -> Result<(), Refusal> {
        let mut tx = app.database.tenant(self.college).await?;
        tx.advance_portfolio_export(self.id, percent).await?;
        Ok(tx.commit().await?)
    }
}

/// The record does not allow it any more, or could not be read.
fn changed(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Internal(_) => Failure::Passing("internal", refusal),
        // No key for the moment, or credentials that are being signed anew.
        Refusal::Conflict(_) => Failure::Passing("record_changed", refusal),
        _ => Failure::ForGood("record_changed"),
    }
}

fn passing(error: crate::storage::StorageError) -> Failure {
    Failure::Passing("internal", error.into())
}

fn render_failure(error: RendererError, id: PortfolioId) -> Failure {
    match error {
        RendererError::Failed(_) | RendererError::Refused(_) => {
            tracing::error!(portfolio = %id, %error, "a portfolio cannot be laid out");
            Failure::ForGood("not_laid_out")
        }
        RendererError::TooSlow(_) => Failure::Passing("too_slow", Refusal::internal(error)),
        RendererError::Died(_) | RendererError::Start(_) => {
            Failure::Passing("internal", Refusal::internal(error))
        }
        RendererError::Busy => Failure::Passing("busy", Refusal::Busy),
    }
}

/// How long a failed export stays in the list.
pub(super) const SHOW_FAILED: Duration = Duration::days(1);
