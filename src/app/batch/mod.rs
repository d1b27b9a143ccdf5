//! Batches: past approvals that a college brings along, and credentials signed anew, many at a time.
//!
//! What is decided stands in one transaction: which credentials, at which places of the status list. Jobs then sign, a
//! chunk in each transaction, side by side; a chunk that is cut off was never begun.

mod approvals;
mod people;
mod reissue;
mod row;
mod service;
mod sheet;
mod work;

pub use approvals::import;
pub use reissue::reissue;
pub(crate) use reissue::reissue_signed_by;
pub use row::RawRow;
pub use sheet::read as read_csv;
pub(crate) use work::run;

use super::record::enqueue;
use super::roster::RowError;
use super::{App, Refusal};
use crate::domain::field::FieldError;
use crate::domain::ids::BatchId;
use crate::domain::job::Job;
use crate::domain::member::Caller;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::storage::{BatchRow, FailedItem, TenantTx};

/// Most rows one batch may hold.
pub const MOST_ROWS: usize = 10_000;
/// Jobs that take chunks of one batch side by side.
const LANES: u8 = 2;
/// Most faults that one answer tells.
const MOST_FAULTS: usize = 1_000;

/// How to take what was sent.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Only say what would happen.
    pub dry_run: bool,
    /// Take the rows without a fault, and name the others in the batch.
    pub skip_invalid: bool,
    /// Where the sender finds a row.
    pub place: Place,
}

/// How the faults of a row are addressed (RFC 6901).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `/lines/17/title`: line 17 of a CSV file.
    Line,
    /// `/items/16/title`: the seventeenth of a list.
    Item,
    /// `/reissue/16`: the seventeenth of a list of credentials.
    Credential,
}

/// What came of sending a batch.
#[derive(Clone, Debug, Default)]
pub struct Begun {
    /// The batch that issues these rows; none after a dry run.
    pub batch: Option<BatchId>,
    /// It was made now; else every row stood in an earlier one.
    pub is_new: bool,
    /// Rows to be issued.
    pub accepted: usize,
    /// Rows that stood in the hub already.
    pub repeated: usize,
    /// Faults of the others.
    pub errors: Vec<RowError>,
}

/// A batch with what of it failed.
#[derive(Clone, Debug)]
pub struct BatchView {
    /// How far it is.
    pub row: BatchRow,
    /// What failed, in the order of the rows; at most a thousand.
    pub failures: Vec<FailedItem>,
    /// Now, for the rate of one that runs.
    pub now: chrono::DateTime<chrono::Utc>,
}

/// The college's batches, newest first.
pub async fn list(
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<BatchRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.batches(&page).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// One batch, with what of it failed.
pub async fn find(id: BatchId, caller: &Caller, app: &App) -> Result<BatchView, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.batch(id).await?.ok_or(Refusal::NotFound)?;
    let failures = tx.failed_batch_items(id, MOST_FAULTS as i64).await?;
    tx.commit().await?;
    Ok(BatchView { row, failures, now: app.now() })
}

impl Begun {
    /// Why nothing was written: the faults, each at its place.
    fn refusal(&self, place: Place) -> Refusal {
        let pointer = |error: &RowError| {
            let index = error.row.saturating_sub(1);
            match place {
                Place::Line => format!("/lines/{}/{}", error.row, error.column),
                Place::Item => format!("/items/{index}/{}", error.column),
                Place::Credential => format!("/reissue/{index}"),
            }
        };
        let errors = self.errors.iter().take(MOST_FAULTS).map(|error| FieldError {
            pointer: pointer(error),
            code: error.code,
            detail: error.detail.clone(),
        });
        Refusal::Invalid(errors.collect())
    }
}

fn too_many() -> Refusal {
    let detail = format!("One batch takes at most {MOST_ROWS} rows; please split the file.");
    Refusal::field("items", "too_many", detail)
}

/// Have a batch run, in the transaction that makes it.
async fn begin(batch: BatchId, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    for lane in 0..LANES {
        enqueue(&Job::RunBatch { batch, lane }, tx, app).await?;
    }
    Ok(())
}
