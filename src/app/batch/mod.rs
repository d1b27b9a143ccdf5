//! Batches: past approvals that a college brings along, and credentials signed anew, many at a time.
//!
//! What is decided stands in one transaction: which credentials, at which places of the status list. Jobs then sign, a
//! chunk in each transaction, side by side; a chunk that is cut off was never begun.

mod reissue;
mod work;

pub(crate) use reissue::reissue_signed_by;
pub(crate) use work::run;

use super::record::enqueue;
use super::{App, Refusal};
use crate::domain::ids::BatchId;
use crate::domain::job::Job;
use crate::storage::TenantTx;

/// Jobs that take chunks of one batch side by side.
const LANES: u8 = 2;

/// Have a batch run, in the transaction that makes it.
async fn begin(batch: BatchId, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    for lane in 0..LANES {
        enqueue(&Job::RunBatch { batch, lane }, tx, app).await?;
    }
    Ok(())
}
