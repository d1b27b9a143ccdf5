//! Past approvals: achievements that were approved before the hub was there, with their approver and day.

use std::collections::{HashMap, HashSet};

use chrono::NaiveTime;
use serde_json::json;

use super::people::{Named, People};
use super::row::{PastApproval, RawRow};
use super::{Begun, MOST_ROWS, Options, begin, too_many};
use crate::app::compute::compute;
use crate::app::record::{Actor, Happening, enqueue, record};
use crate::app::roster::RowError;
use crate::app::{App, Refusal, status_lists};
use crate::domain::field::FieldErrors;
use crate::domain::ids::BatchId;
use crate::domain::job::Job;
use crate::domain::member::Caller;
use crate::domain::notice::NoticeKind;
use crate::domain::text::search_words;
use crate::storage::{NewBatch, NewBatchItem, NewPastApproval, StatusListKind, TenantTx};

/// What the rows of a file are, once looked at.
#[derive(Default)]
struct Sorted {
    good: Vec<Named>,
    /// Those that stand in the hub already, with the batch of the first.
    repeated: usize,
    earlier: Option<BatchId>,
    errors: Vec<RowError>,
}

/// Bring past approvals along: achievements, their approvals and credentials are written at once, with their places in
/// the status list; jobs sign the credentials. A row whose reference is known is left as it is, so that a file may be
/// sent again. Files of evidence are not asked for, whatever the category: the approver saw them at the time.
///
/// # Errors
/// `Invalid` where a row has a fault, unless faulty rows are to be skipped; then nothing was written.
pub async fn import(
    rows: Vec<RawRow>,
    options: Options,
    caller: &Caller,
    app: &App,
) -> Result<Begun, Refusal> {
    if rows.len() > MOST_ROWS {
        return Err(too_many());
    }
    if rows.is_empty() {
        return Err(Refusal::field("items", "required", "There is no row."));
    }
    let mut tx = app.database.tenant(caller.college).await?;
    tx.plan_anew().await?;
    if !options.dry_run {
        tx.hold_references().await?;
    }
    let mut sorted = sort(rows, &mut tx, app).await?;
    let mut begun = Begun {
        accepted: sorted.good.len(),
        repeated: sorted.repeated,
        errors: std::mem::take(&mut sorted.errors),
        ..Begun::default()
    };
    let refused = !begun.errors.is_empty() && !options.skip_invalid;
    if options.dry_run {
        return Ok(begun);
    }
    if refused || (sorted.good.is_empty() && sorted.repeated == 0) {
        return Err(begun.refusal(options.place));
    }
    begun.batch = match (sorted.good.is_empty(), sorted.earlier) {
        (true, Some(earlier)) => Some(earlier),
        _ => {
            begun.is_new = true;
            Some(write(sorted.good, &begun.errors, caller, &mut tx, app).await?)
        }
    };
    tx.commit().await?;
    Ok(begun)
}

async fn sort(rows: Vec<RawRow>, tx: &mut TenantTx, app: &App) -> Result<Sorted, Refusal> {
    let people = People::load(tx, app).await?;
    let today = app.now().date_naive();
    let references: Vec<String> = rows.iter().map(|row| row.reference.trim().to_owned()).collect();
    let known: HashMap<String, (BatchId, Vec<u8>)> = tx
        .known_references(&references)
        .await?
        .into_iter()
        .map(|(reference, batch, hash)| (reference, (batch, hash)))
        .collect();
    let looked_at = compute(rows, |raw| {
        let position = raw.position;
        let row = PastApproval::parse(raw, today).map_err(|errors| (position, errors))?;
        match known.get(&row.reference) {
            Some((batch, hash)) if *hash == row.content_hash => Ok(Looked::Repeated(*batch, row)),
            Some(_) => {
                let detail = "This reference was issued with another content.";
                Err((position, FieldErrors::one("reference", "taken", detail)))
            }
            None => people.find(row).map(Looked::New).map_err(|errors| (position, errors)),
        }
    });
    let mut sorted = Sorted::default();
    let mut seen = HashSet::new();
    for outcome in looked_at {
        let (reference, position) = match &outcome {
            Ok(Looked::New(named)) => (Some(named.row.reference.clone()), named.row.position),
            Ok(Looked::Repeated(_, row)) => (Some(row.reference.clone()), row.position),
            Err((position, _)) => (None, *position),
        };
        if reference.is_some_and(|reference| !seen.insert(reference)) {
            let detail = "This reference stands further up already.";
            sorted.note(position, FieldErrors::one("reference", "repeated", detail));
            continue;
        }
        match outcome {
            Ok(Looked::New(named)) => sorted.good.push(named),
            Ok(Looked::Repeated(batch, _)) => {
                sorted.repeated += 1;
                sorted.earlier.get_or_insert(batch);
            }
            Err((position, errors)) => sorted.note(position, errors),
        }
    }
    Ok(sorted)
}

enum Looked {
    New(Named),
    Repeated(BatchId, PastApproval),
}

impl Sorted {
    fn note(&mut self, position: i32, errors: FieldErrors) {
        self.errors.extend(errors.0.into_iter().map(|error| RowError {
            row: u64::try_from(position).unwrap_or_default(),
            column: error.pointer.trim_start_matches('/').to_owned(),
            code: error.code,
            detail: error.detail,
        }));
    }
}

/// Everything in the one transaction: from here on there is an approval, and a credential that waits to be signed.
async fn write(
    good: Vec<Named>,
    errors: &[RowError],
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<BatchId, Refusal> {
    let now = app.now();
    let batch = BatchId(app.row_id());
    let kind = "past_approvals";
    let new = NewBatch { id: batch, kind, key: None, by: Some(caller.member), created_at: now };
    tx.insert_batch(&new).await?;
    let places =
        status_lists::draw_block(StatusListKind::Achievements, good.len(), tx, app).await?;
    let lists: std::collections::BTreeSet<i32> = places.iter().map(|(list, _)| *list).collect();
    let rows: Vec<NewPastApproval> =
        good.iter().zip(places).map(|(named, place)| new_row(named, place, app)).collect();
    tx.insert_past_approvals(&rows, now).await?;
    for list in lists {
        status_lists::ensure_published(StatusListKind::Achievements, list, tx, app).await?;
    }
    let mut items: Vec<NewBatchItem> =
        good.iter().zip(&rows).map(|(named, row)| item(named, row)).collect();
    items.extend(refused_items(errors));
    tx.insert_batch_items(batch, &items).await?;
    let actor = Actor::from(caller);
    for row in &rows {
        let data = json!({ "batch": batch, "approved_by": row.approver, "approved_on": row.decided_at.date_naive() });
        let happening = Happening::to(row.achievement.into(), 1, "brought_along");
        record(Happening { data, ..happening }, actor, tx, app).await?;
    }
    let facts = json!({ "batch": batch, "rows": rows.len(), "faulty": errors.len() });
    record(Happening::in_college("past_approvals_brought", facts), actor, tx, app).await?;
    let text = "Your college brought {n} of your earlier achievements along and signs them.";
    tx.notify_batch(batch, NoticeKind::BroughtAlong, text, now, || app.row_id()).await?;
    begin(batch, tx, app).await?;
    if !tx.point_bindings().await?.is_empty() {
        enqueue(&Job::CountPoints { after: None }, tx, app).await?;
    }
    Ok(batch)
}

fn new_row(named: &Named, place: (i32, i32), app: &App) -> NewPastApproval {
    let Named { row, student, department, category, approver } = named;
    let mut words = row.content.search_words();
    words.extend(search_words(&format!(
        "{} {} {}",
        student.full_name,
        student.full_name_native.as_deref().unwrap_or_default(),
        student.roll_number.as_deref().unwrap_or_default()
    )));
    words.sort();
    words.dedup();
    NewPastApproval {
        achievement: app.row_id(),
        student: student.id,
        department: *department,
        category: *category,
        content: row.content.clone(),
        words,
        decision: app.row_id(),
        approver: approver.0,
        decided_at: row.approved_on.and_time(NaiveTime::MIN).and_utc(),
        credential: app.public_id(),
        place,
    }
}

fn item(named: &Named, row: &NewPastApproval) -> NewBatchItem {
    NewBatchItem {
        position: named.row.position,
        credential: Some(row.credential),
        generation: 1,
        reference: Some(named.row.reference.clone()),
        content_hash: Some(named.row.content_hash),
        fault: None,
    }
}

/// One item for each row that could not be taken, with the first of its faults.
fn refused_items(errors: &[RowError]) -> impl Iterator<Item = NewBatchItem> {
    errors.chunk_by(|one, other| one.row == other.row).filter_map(|faults| {
        let first = faults.first()?;
        Some(NewBatchItem {
            position: i32::try_from(first.row).ok()?,
            credential: None,
            generation: 1,
            reference: None,
            content_hash: None,
            fault: Some((first.code, format!("{}: {}", first.column, first.detail))),
        })
    })
}
