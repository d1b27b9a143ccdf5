//! Schemes of activity points: written in versions, said to hold for some students, tried out.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{PointsView, item, reaches};
use crate::app::authenticate::word;
use crate::app::members::departments_in_reach;
use crate::app::record::{Happening, enqueue, record};
use crate::app::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::MemberId;
use crate::domain::job::Job;
use crate::domain::member::{Caller, Role};
use crate::domain::points::{Item, Scheme, StudentKind, count, preset};
use crate::domain::text::line;
use crate::storage::{CountableRow, PointBindingRow, PointSchemeRow, TenantTx};

/// Who writes schemes, and says for whom they hold.
pub(super) const KEEPERS: [Role; 2] = [Role::Head, Role::CollegeAdmin];

/// For whom a version of a scheme is to hold; what is left out means all.
#[derive(Clone, Debug)]
pub struct RawBinding {
    /// The scheme.
    pub scheme: Uuid,
    /// Its version.
    pub version: i32,
    /// Programme code.
    pub programme: Option<String>,
    /// Batch.
    pub batch: Option<String>,
    /// Kind of student.
    pub kind: Option<StudentKind>,
}

/// A binding as it stands.
pub type Binding = PointBindingRow;

/// Where the content of a scheme comes from.
#[derive(Clone, Debug)]
pub enum SchemeSource {
    /// A preset's code.
    Preset(String),
    /// Written out.
    Content(Value),
    /// A version that stands here.
    Kept(Uuid, i32),
}

/// What a scheme is tried out on.
#[derive(Clone, Debug)]
pub enum Simulation {
    /// A student's approved achievements.
    Student(MemberId),
    /// A list of samples.
    Samples(Vec<CountableRow>),
}

/// Every version of every scheme, the newest of each first.
pub async fn schemes(caller: &Caller, app: &App) -> Result<Vec<PointSchemeRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.point_schemes(None).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Every version of one scheme, the newest first.
pub async fn scheme(id: Uuid, caller: &Caller, app: &App) -> Result<Vec<PointSchemeRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = versions(id, &mut tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Write a new scheme.
pub async fn create(
    name: &str,
    source: SchemeSource,
    caller: &Caller,
    app: &App,
) -> Result<PointSchemeRow, Refusal> {
    write(app.row_id(), Some(name), source, caller, app).await
}

/// Write the next version of a scheme. It holds for nobody until it is bound.
pub async fn revise(
    id: Uuid,
    name: Option<&str>,
    source: SchemeSource,
    caller: &Caller,
    app: &App,
) -> Result<PointSchemeRow, Refusal> {
    write(id, name, source, caller, app).await
}

/// Remove a scheme that holds for nobody.
pub async fn delete(id: Uuid, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    versions(id, &mut tx).await?;
    if !tx.delete_point_scheme(id).await? {
        return Err(Refusal::Conflict("This scheme holds for somebody, or did: it is kept."));
    }
    let facts = json!({ "scheme": id });
    record(Happening::in_college("point_scheme_deleted", facts), caller.into(), &mut tx, app)
        .await?;
    Ok(tx.commit().await?)
}

/// For whom which scheme holds, the closest first.
pub async fn bindings(caller: &Caller, app: &App) -> Result<Vec<Binding>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.point_bindings().await?;
    tx.commit().await?;
    Ok(rows)
}

/// Say that a version holds for some, in the place of what held for the same; their points are counted anew.
///
/// # Errors
/// `Forbidden` for a head of department beyond the own programmes.
pub async fn bind(raw: RawBinding, caller: &Caller, app: &App) -> Result<Binding, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let mut errors = FieldErrors::default();
    let known = tx.point_schemes(Some(raw.scheme)).await?;
    let Some(version) = known.into_iter().find(|row| row.version == raw.version) else {
        return Err(Refusal::field("scheme", "unknown", "There is no such version of a scheme."));
    };
    let batch = raw.batch.as_deref().map(|batch| errors.take("batch", line(batch, 1, 20)));
    let programme = match &raw.programme {
        None => None,
        Some(code) => {
            let found = tx.programmes().await?.into_iter().find(|row| row.code == *code);
            if found.is_none() {
                errors.add("programme", "unknown", "Your college has no such programme.");
            }
            found
        }
    };
    errors.or(())?;
    let row = PointBindingRow {
        id: app.row_id(),
        programme_id: programme.as_ref().map(|row| row.id),
        programme_code: raw.programme,
        department_id: programme.map(|row| row.department_id),
        batch: batch.flatten(),
        student_kind: raw.kind.map(|kind| kind.as_str().to_owned()),
        scheme_id: raw.scheme,
        scheme_version: raw.version,
        scheme_name: version.name,
    };
    check_reach(&row, caller)?;
    let id = tx.bind_points(&row, caller.member.0, app.now()).await?;
    let row = PointBindingRow { id, ..row };
    changed("point_scheme_bound", &row, caller, &mut tx, app).await?;
    tx.commit().await?;
    Ok(row)
}

/// It holds for them no more; their points are counted anew.
pub async fn unbind(id: Uuid, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.point_bindings().await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or(Refusal::NotFound)?;
    check_reach(&row, caller)?;
    tx.unbind_points(id).await?;
    changed("point_scheme_unbound", &row, caller, &mut tx, app).await?;
    Ok(tx.commit().await?)
}

/// Try a scheme out. Nothing is kept.
pub async fn simulate(
    source: SchemeSource,
    kind: Option<StudentKind>,
    on: Simulation,
    caller: &Caller,
    app: &App,
) -> Result<PointsView, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let (_, scheme) = read(source, &mut tx).await?;
    let (student, rows) = match on {
        Simulation::Student(id) => {
            let student = tx.counted_student(id).await?.ok_or(Refusal::NotFound)?;
            if !reaches(caller, &KEEPERS, &student) {
                return Err(Refusal::NotFound);
            }
            (Some(student), tx.countable(id).await?)
        }
        Simulation::Samples(rows) => (None, rows),
    };
    tx.commit().await?;
    let mut student = student.unwrap_or_else(|| crate::storage::CountedStudentRow {
        student_kind: StudentKind::Regular.as_str().to_owned(),
        department_id: None,
        full_name: String::new(),
        scheme_id: None,
        scheme_version: None,
        scheme_name: None,
        scheme_content: None,
    });
    let kind = kind.map_or_else(|| word(&student.student_kind), Ok)?;
    kind.as_str().clone_into(&mut student.student_kind);
    let items: Result<Vec<Item>, Refusal> = rows.iter().map(item).collect();
    let tally = Some(count(&scheme, kind, &items?));
    Ok(PointsView { student, rows, tally })
}

async fn write(
    id: Uuid,
    name: Option<&str>,
    source: SchemeSource,
    caller: &Caller,
    app: &App,
) -> Result<PointSchemeRow, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let name = match name {
        Some(name) => line(name, 1, 120)
            .map_err(|error| Refusal::field("name", error.code(), error.to_string()))?,
        None => versions(id, &mut tx).await?.swap_remove(0).name,
    };
    let (content, _) = read(source, &mut tx).await?;
    let version = tx.insert_point_scheme(id, (&name, &content), caller.member.0, app.now()).await?;
    let facts = json!({ "scheme": id, "version": version });
    record(Happening::in_college("point_scheme_written", facts), caller.into(), &mut tx, app)
        .await?;
    let row = versions(id, &mut tx).await?.swap_remove(0);
    tx.commit().await?;
    Ok(row)
}

/// The content, and the scheme that it is.
async fn read(source: SchemeSource, tx: &mut TenantTx) -> Result<(Value, Scheme), Refusal> {
    let content = match source {
        SchemeSource::Preset(code) => preset(&code)
            .ok_or_else(|| Refusal::field("preset", "unknown", "There is no such preset."))?
            .content(),
        SchemeSource::Content(content) => content,
        SchemeSource::Kept(id, version) => {
            let rows = tx.point_schemes(Some(id)).await?;
            let found = rows.into_iter().find(|row| row.version == version);
            found.ok_or(Refusal::NotFound)?.content
        }
    };
    let scheme = Scheme::parse(&content)?;
    Ok((content, scheme))
}

async fn versions(id: Uuid, tx: &mut TenantTx) -> Result<Vec<PointSchemeRow>, Refusal> {
    let rows = tx.point_schemes(Some(id)).await?;
    if rows.is_empty() { Err(Refusal::NotFound) } else { Ok(rows) }
}

/// A head of department says what holds for the own programmes.
fn check_reach(row: &PointBindingRow, caller: &Caller) -> Result<(), Refusal> {
    let inside = departments_in_reach(caller, &KEEPERS)
        .is_none_or(|reach| row.department_id.is_some_and(|id| reach.contains(&id)));
    if inside { Ok(()) } else { Err(Refusal::Forbidden) }
}

async fn changed(
    kind: &str,
    row: &PointBindingRow,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let facts = json!({
        "scheme": row.scheme_id, "version": row.scheme_version, "programme": row.programme_code,
        "batch": row.batch, "student_kind": row.student_kind,
    });
    record(Happening::in_college(kind, facts), caller.into(), tx, app).await?;
    enqueue(&Job::CountPoints { after: None }, tx, app).await
}
