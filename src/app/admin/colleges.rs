//! The register of colleges: created with their keys and an invitation to their first admin, suspended, resumed, limited.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{enter_college, held, leave};
use crate::app::create_college::{self, NewCollege};
use crate::app::member_life::parse_reason;
use crate::app::refusal::Current;
use crate::app::{App, Refusal, invitations};
use crate::domain::ids::CollegeId;
use crate::domain::member::Caller;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::Email;
use crate::storage::{AdminCollegeRow, HeldCollegeRow};

/// A college to be created, with who is to be its first admin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewCollegeRequest {
    /// The college.
    pub college: NewCollege,
    /// Where the invitation of the first admin goes.
    pub admin_email: String,
    /// Octets of evidence it may keep; what every college has where left out.
    pub storage_quota: Option<i64>,
}

/// A college, with the room that its evidence has.
#[derive(Clone, Debug)]
pub struct RegisteredCollege {
    /// Its entry.
    pub row: AdminCollegeRow,
    /// Octets of evidence it may keep.
    pub quota: i64,
    /// Octets it keeps.
    pub used: i64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Opened {
    /// It is there, and its first admin is invited.
    Created(RegisteredCollege),
    /// It looks like another: somebody has to decide.
    Held(HeldCollegeRow),
}

/// Colleges by slug.
pub async fn list(
    state: Option<&str>,
    page: PageRequest,
    app: &App,
) -> Result<Page<AdminCollegeRow>, Refusal> {
    let rows = app.database.admin_colleges(state, &page).await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// One college.
///
/// # Errors
/// `NotFound`.
pub async fn show(id: CollegeId, app: &App) -> Result<RegisteredCollege, Refusal> {
    let row = app.database.admin_college(id).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(id).await?;
    let (quota, used) = tx.room_in_all().await?;
    tx.commit().await?;
    Ok(RegisteredCollege { row, quota, used })
}

/// Create a college: its register entry, its first keys, and an invitation to its first admin. One whose name or slug
/// looks like another's (UTS #39) is held for a decision.
///
/// # Errors
/// `Invalid` for a field; `Conflict` where the slug is taken, or one of it is held.
pub async fn create(
    request: NewCollegeRequest,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<Opened, Refusal> {
    check(&request, app)?;
    match create_college::look_alike(&request.college, app).await? {
        Some(other) => Ok(Opened::Held(held::hold(request, other, caller, app).await?)),
        None => Ok(Opened::Created(open(request, None, caller, app).await?)),
    }
}

/// What is done to a college.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Nobody of it logs in, and nothing is decided; what it issued is verified as before.
    Suspend,
    /// It goes on.
    Resume,
    /// It may keep this many octets of evidence. What is there stays, also above it.
    Limit(i64),
}

/// Take a step with a college: its entry is guarded by version, its audit has the reason, and its admins are told.
///
/// # Errors
/// `NotFound`; `Stale`; `Conflict` where it is suspended, or is not; `Invalid` for the reason or the limit.
pub async fn take(
    step: Step,
    (id, version): (CollegeId, i64),
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<RegisteredCollege, Refusal> {
    let reason = parse_reason(reason)?;
    if let Step::Limit(octets) = step {
        check_quota(Some(octets))?;
    }
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let (mut tx, name) = enter_college(id, &caller, &acting).await?;
        let done = match step {
            Step::Suspend => tx.suspend_college(version, &reason, acting.now()).await?,
            Step::Resume => tx.resume_college(version).await?,
            Step::Limit(octets) => {
                tx.set_room(None, Some(octets)).await?;
                tx.count_college_change(version).await?
            }
        };
        if !done {
            drop(tx);
            return Err(why_not(id, version, step, &acting).await);
        }
        let (kind, told) = step.words();
        leave(kind, told, &reason, &name, &mut tx, &acting).await?;
        tx.commit().await?;
        show(id, &acting).await
    })
    .await
}

impl Step {
    /// Its event, and what the college's admins are told.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Suspend => {
                ("college_suspended", "The hub of your college was suspended by those who run it.")
            }
            Self::Resume => ("college_resumed", "The hub of your college is open again."),
            Self::Limit(_) => (
                "college_limited",
                "Those who run the hub changed how much evidence your college may keep.",
            ),
        }
    }
}

/// Create one that nobody has to decide on (any more).
pub(super) async fn open(
    request: NewCollegeRequest,
    look_alike_of: Option<CollegeId>,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<RegisteredCollege, Refusal> {
    let quota = request.storage_quota;
    let id = create_college::create_beside(request.college, look_alike_of, app).await?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let (mut tx, name) = enter_college(id, &caller, &acting).await?;
        if quota.is_some() {
            tx.set_room(None, quota).await?;
        }
        invitations::invite_first_admin(&request.admin_email, &name, &mut tx, &acting).await?;
        tx.commit().await?;
        show(id, &acting).await
    })
    .await
}

fn check(request: &NewCollegeRequest, app: &App) -> Result<(), Refusal> {
    create_college::check(&request.college, app)?;
    Email::parse(&request.admin_email)
        .map_err(|error| Refusal::field("admin_email", error.code(), error.to_string()))?;
    check_quota(request.storage_quota)
}

fn check_quota(quota: Option<i64>) -> Result<(), Refusal> {
    if quota.is_some_and(|octets| octets <= 0) {
        let detail = "A limit is a number of octets above zero.";
        return Err(Refusal::field("storage_quota", "out_of_range", detail));
    }
    Ok(())
}

async fn why_not(id: CollegeId, version: i64, step: Step, app: &App) -> Refusal {
    match show(id, app).await {
        Ok(RegisteredCollege { row, .. }) if row.version != version => Refusal::Stale(Current {
            status: if row.state == "active" { "active" } else { "suspended" },
            decided_by: None,
            decided_at: row.suspended_at,
            version: row.version,
        }),
        Ok(_) => Refusal::Conflict(match step {
            Step::Suspend => "This college is suspended already.",
            Step::Resume => "This college is not suspended.",
            Step::Limit(_) => "This college cannot be limited.",
        }),
        Err(refusal) => refusal,
    }
}
