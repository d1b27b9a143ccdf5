//! The revisions of an achievement, side by side.

use serde_json::{Value, json};

use super::achievements::see;
use super::{App, Refusal};
use crate::domain::achievement::Status;
use crate::domain::ids::AchievementId;
use crate::domain::member::Caller;
use crate::storage::{EvidenceRow, RevisionRow, TenantTx};

/// A revision with its files.
#[derive(Clone, Debug)]
pub struct Revision {
    /// What it says.
    pub row: RevisionRow,
    /// Its files.
    pub evidence: Vec<EvidenceRow>,
}

/// What two revisions do not say the same.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Field, what it says in the one, what in the other.
    pub fields: Vec<(&'static str, Value, Value)>,
    /// Files that only the second has.
    pub added: Vec<EvidenceRow>,
    /// Files that only the first has.
    pub removed: Vec<EvidenceRow>,
}

/// Every revision, oldest first; a draft is its owner's alone.
pub async fn revisions(
    id: AchievementId,
    caller: &Caller,
    app: &App,
) -> Result<Vec<Revision>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let mut revisions = Vec::new();
    for row in visible(id, caller, &mut tx, app).await? {
        let evidence = tx.evidence_of(id, row.number).await?;
        revisions.push(Revision { row, evidence });
    }
    tx.commit().await?;
    Ok(revisions)
}

/// What changed from one revision to another.
pub async fn diff(
    id: AchievementId,
    (from, to): (i32, i32),
    caller: &Caller,
    app: &App,
) -> Result<Difference, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = visible(id, caller, &mut tx, app).await?;
    let of = |number| rows.iter().find(|row| row.number == number).ok_or(Refusal::NotFound);
    let fields = changed(of(from)?, of(to)?);
    let before = tx.evidence_of(id, from).await?;
    let after = tx.evidence_of(id, to).await?;
    tx.commit().await?;
    Ok(Difference { fields, added: only_in(&after, &before), removed: only_in(&before, &after) })
}

async fn visible(
    id: AchievementId,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<RevisionRow>, Refusal> {
    let view = see(id, caller, tx, app).await?;
    let own = view.row.student_id == caller.member.0;
    let rows = tx.revisions(id).await?;
    Ok(rows.into_iter().filter(|row| own || row.status != Status::Draft.as_str()).collect())
}

fn changed(from: &RevisionRow, to: &RevisionRow) -> Vec<(&'static str, Value, Value)> {
    let (from, to) = (facts(from), facts(to));
    from.into_iter()
        .zip(to)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| (name, before, after))
        .collect()
}

fn facts(row: &RevisionRow) -> [(&'static str, Value); 13] {
    [
        ("category", json!(row.category_code)),
        ("title", json!(row.title)),
        ("description", json!(row.description)),
        ("organiser", json!(row.organiser)),
        ("role", json!(row.role)),
        ("level", json!(row.level)),
        ("outcome", json!(row.outcome)),
        ("started_on", json!(row.started_on)),
        ("ended_on", json!(row.ended_on)),
        ("hours", json!(row.hours)),
        ("skills", json!(row.skills)),
        ("team", json!(row.team)),
        ("particulars", row.particulars.clone()),
    ]
}

/// Files of the one that the other does not have with the same caption.
fn only_in(one: &[EvidenceRow], other: &[EvidenceRow]) -> Vec<EvidenceRow> {
    let same = |file: &EvidenceRow, known: &EvidenceRow| {
        file.sha256 == known.sha256 && file.caption == known.caption && file.kind == known.kind
    };
    one.iter().filter(|file| !other.iter().any(|known| same(file, known))).cloned().collect()
}
