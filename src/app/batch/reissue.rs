//! Signing anew what stands: at the same address and status index, as the next generation.

use serde_json::json;
use uuid::Uuid;

use super::begin;
use crate::app::record::{Actor, Happening, record};
use crate::app::{App, Refusal};
use crate::domain::ids::{BatchId, KeyId};
use crate::storage::{NewBatch, TenantTx};

/// Have every credential signed anew that stands and whose present bytes this key signed: from the bytes held, with the
/// key that is active when its turn comes. In the caller's transaction, which has taken that key out of use; a job does
/// the rest. Answers the batch.
pub(crate) async fn reissue_signed_by(
    key: KeyId,
    actor: Actor,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Uuid, Refusal> {
    let batch = BatchId(app.row_id());
    let new = NewBatch {
        id: batch,
        kind: "key_replaced",
        key: Some(key),
        by: actor.member,
        created_at: app.now(),
    };
    tx.insert_batch(&new).await?;
    let credentials = tx.add_signed_by(batch, key).await?;
    let facts = json!({ "batch": batch, "key": key, "credentials": credentials });
    record(Happening::in_college("reissue_begun", facts), actor, tx, app).await?;
    let text = "Your college replaced its signing key and signs {n} of your credentials anew. \
                Please export your portfolio again.";
    tx.notify_batch(batch, "reissued", text, app.now()).await?;
    begin(batch, tx, app).await?;
    Ok(batch.0)
}
