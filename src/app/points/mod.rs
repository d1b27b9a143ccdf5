//! Activity points: counted by the hub in the transaction of the act that changes them, never sent by a client.

mod schemes;

use chrono::{Datelike, Months, NaiveDate};
use serde_json::json;

use super::authenticate::word;
use super::members::departments_in_reach;
use super::record::{Happening, enqueue, record};
use super::standing::see;
use super::{App, Refusal};
use crate::domain::achievement::Status;
use crate::domain::ids::{AchievementId, CollegeId, MemberId};
use crate::domain::job::Job;
use crate::domain::member::{Caller, Role};
use crate::domain::particulars::Particulars;
use crate::domain::points::{Item, Scheme, StudentKind, Tally, count};
use crate::domain::text::search_words;
use crate::storage::{CountableRow, CountedStudentRow, TenantTx};

pub use schemes::{
    Binding, RawBinding, SchemeSource, Simulation, bind, bindings, create, delete, revise, scheme,
    schemes, simulate, unbind,
};

/// How many students a job counts in one transaction.
const CHUNK: i64 = 200;

/// What a student's approved achievements come to.
#[derive(Clone, Debug)]
pub struct PointsView {
    /// The student, with the scheme that holds for them.
    pub student: CountedStudentRow,
    /// Their approved achievements.
    pub rows: Vec<CountableRow>,
    /// None where no scheme holds for them.
    pub tally: Option<Tally>,
}

/// What an achievement brings, or would bring once approved.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Whether it is what it would be, not what it is.
    pub estimated: bool,
    /// The achievement.
    pub row: CountableRow,
    /// With it.
    pub with: Option<Tally>,
    /// Without it, as far as it is not approved yet.
    pub without: Option<Tally>,
}

/// The caller's own points.
pub async fn own(caller: &Caller, app: &App) -> Result<PointsView, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let view = view(caller.member, &mut tx).await?;
    tx.commit().await?;
    Ok(view)
}

/// The points of a student whom the caller may know of.
pub async fn of_student(
    student: MemberId,
    caller: &Caller,
    app: &App,
) -> Result<PointsView, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let view = view(student, &mut tx).await?;
    let readers = [Role::Faculty, Role::Head, Role::ReportCoordinator, Role::CollegeAdmin];
    if student != caller.member && !reaches(caller, &readers, &view.student) {
        return Err(Refusal::NotFound);
    }
    tx.commit().await?;
    Ok(view)
}

/// Say of what kind a student is; their points are counted anew.
pub async fn set_kind(
    student: MemberId,
    kind: StudentKind,
    caller: &Caller,
    app: &App,
) -> Result<PointsView, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.counted_student(student).await?.ok_or(Refusal::NotFound)?;
    if !reaches(caller, &schemes::KEEPERS, &row) || !tx.set_student_kind(student, kind).await? {
        return Err(Refusal::NotFound);
    }
    let facts = json!({ "member": student, "from": row.student_kind, "to": kind });
    record(Happening::in_college("student_kind_set", facts), caller.into(), &mut tx, app).await?;
    recount(student, &mut tx, app).await?;
    let view = view(student, &mut tx).await?;
    tx.commit().await?;
    Ok(view)
}

/// What an achievement that the caller may see brings, or would bring.
pub async fn estimate(id: AchievementId, caller: &Caller, app: &App) -> Result<Estimate, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let seen = see(id, caller, &mut tx, app).await?;
    let shown = tx.countable_draft(id).await?.ok_or(Refusal::NotFound)?;
    let PointsView { student, rows, tally } = view(seen.row.student_id.into(), &mut tx).await?;
    tx.commit().await?;
    let approved = seen.row.status == Status::Approved.as_str();
    let (with, without) = match schemed(&student)? {
        Some((scheme, kind)) if !approved => {
            let others = rows.iter().filter(|row| row.achievement != id.0);
            let items: Result<Vec<Item>, Refusal> = others.chain([&shown]).map(item).collect();
            (Some(count(&scheme, kind, &items?)), tally)
        }
        Some(_) | None => (tally, None),
    };
    Ok(Estimate { estimated: !approved, row: shown, with, without })
}

/// Count a student's points anew and keep them, at the end of the act that changed what is approved: every other row
/// that the act holds is held by now.
pub(crate) async fn recount(
    student: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let Some(row) = tx.counted_student(student).await? else { return Ok(()) };
    let (Some((scheme, kind)), Some(id), Some(version)) =
        (schemed(&row)?, row.scheme_id, row.scheme_version)
    else {
        return Ok(tx.drop_points(student).await?);
    };
    tx.hold_points(student, app.now()).await?;
    // Read only now: what others approved while this one waited is there.
    let items: Result<Vec<Item>, Refusal> = tx.countable(student).await?.iter().map(item).collect();
    Ok(tx.keep_points(student, (id, version), &count(&scheme, kind, &items?)).await?)
}

/// Count the points of the next students anew, and leave a job for the rest.
pub(crate) async fn carry_on(
    college: CollegeId,
    after: Option<MemberId>,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let students = tx.next_students(after, CHUNK).await?;
    for student in &students {
        recount(*student, &mut tx, app).await?;
    }
    if let Some(last) = students.last() {
        enqueue(&Job::CountPoints { after: Some(*last) }, &mut tx, app).await?;
    }
    Ok(tx.commit().await?)
}

async fn view(student: MemberId, tx: &mut TenantTx) -> Result<PointsView, Refusal> {
    let row = tx.counted_student(student).await?.ok_or(Refusal::NotFound)?;
    let rows = tx.countable(student).await?;
    let tally = match schemed(&row)? {
        Some((scheme, kind)) => {
            let items: Result<Vec<Item>, Refusal> = rows.iter().map(item).collect();
            Some(count(&scheme, kind, &items?))
        }
        None => None,
    };
    Ok(PointsView { student: row, rows, tally })
}

fn reaches(caller: &Caller, roles: &[Role], student: &CountedStudentRow) -> bool {
    departments_in_reach(caller, roles).is_none_or(|reach| {
        student.department_id.is_some_and(|department| reach.contains(&department))
    })
}

fn schemed(row: &CountedStudentRow) -> Result<Option<(Scheme, StudentKind)>, Refusal> {
    let Some(content) = &row.scheme_content else { return Ok(None) };
    let scheme = Scheme::parse(content)
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a kept scheme cannot be read")))?;
    Ok(Some((scheme, word(&row.student_kind)?)))
}

fn item(row: &CountableRow) -> Result<Item, Refusal> {
    let particulars = Particulars::read(&row.particulars);
    Ok(Item {
        id: row.achievement.into(),
        category: row.category_code.clone(),
        level: row.level.as_deref().map(word).transpose()?,
        outcome: row.outcome.as_deref().map(word).transpose()?,
        hours: row.hours.and_then(|hours| u32::try_from(hours).ok()),
        event: row
            .event_id
            .map(|event| event.to_string())
            .or_else(|| named_event(particulars.event.as_deref()?, row.ended_on)),
        domain: particulars.domain,
        scheme: particulars.scheme,
        day: row.ended_on,
    })
}

/// An event that is only named is told from others by its words and the academic year, which begins in July.
fn named_event(name: &str, day: Option<NaiveDate>) -> Option<String> {
    let year = day.and_then(|day| day.checked_sub_months(Months::new(6))).map(|day| day.year());
    let words = search_words(name);
    (!words.is_empty()).then(|| format!("{} {}", words.join(" "), year.unwrap_or_default()))
}
