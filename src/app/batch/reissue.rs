//! Signing anew what stands: at the same address and status index, as the next generation.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use uuid::Uuid;

use super::{Begun, MOST_ROWS, Options, begin, too_many};
use crate::app::record::{Actor, Happening, record};
use crate::app::roster::RowError;
use crate::app::{App, Refusal};
use crate::domain::ids::{BatchId, CredentialId, KeyId};
use crate::domain::member::Caller;
use crate::domain::notice::NoticeKind;
use crate::storage::{NewBatch, NewBatchItem, StandingCredential, TenantTx};

/// Have chosen credentials issued anew with their facts drawn anew, such as a changed name or programme. Each keeps its
/// address and its place in the status list; what was issued before is then an older generation of the same.
///
/// # Errors
/// `Invalid` where one of them does not stand here, unless those are to be skipped; then nothing was written.
pub async fn reissue(
    ids: Vec<CredentialId>,
    options: Options,
    caller: &Caller,
    app: &App,
) -> Result<Begun, Refusal> {
    if ids.len() > MOST_ROWS {
        return Err(too_many());
    }
    if ids.is_empty() {
        return Err(Refusal::field("reissue", "required", "There is no credential."));
    }
    let mut tx = app.database.tenant(caller.college).await?;
    let plain: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if !options.dry_run {
        // Held, so that two of these at once do not both take a credential.
        tx.hold_credentials(&plain, false).await?;
    }
    let standing = tx.standing_credentials(&plain).await?;
    let (items, errors) = sort(&plain, &standing);
    let begun = Begun { accepted: items.len(), errors, ..Begun::default() };
    let refused = !begun.errors.is_empty() && !options.skip_invalid;
    if options.dry_run {
        return Ok(begun);
    }
    if refused || items.is_empty() {
        return Err(begun.refusal(options.place));
    }
    let batch = BatchId(app.row_id());
    let actor = Actor::from(caller);
    write(batch, "reissue", None, actor, &mut tx, app).await?;
    tx.insert_batch_items(batch, &items).await?;
    let facts = json!({ "batch": batch, "credentials": items.len() });
    record(Happening::in_college("reissue_begun", facts), actor, &mut tx, app).await?;
    let text = "Your college issues {n} of your credentials anew, with what its records say now.";
    tx.notify_batch(batch, NoticeKind::Reissued, text, app.now(), || app.row_id()).await?;
    begin(batch, &mut tx, app).await?;
    tx.commit().await?;
    Ok(Begun { batch: Some(batch), is_new: true, ..begun })
}

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
    write(batch, "key_replaced", Some(key), actor, tx, app).await?;
    let credentials = tx.add_signed_by(batch, key).await?;
    let facts = json!({ "batch": batch, "key": key, "credentials": credentials });
    record(Happening::in_college("reissue_begun", facts), actor, tx, app).await?;
    let text = "Your college replaced its signing key and signs {n} of your credentials anew. \
                Please export your portfolio again.";
    tx.notify_batch(batch, NoticeKind::Reissued, text, app.now(), || app.row_id()).await?;
    begin(batch, tx, app).await?;
    Ok(batch.0)
}

async fn write(
    id: BatchId,
    kind: &'static str,
    key: Option<KeyId>,
    actor: Actor,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let new = NewBatch { id, kind, key, by: actor.member, created_at: app.now() };
    Ok(tx.insert_batch(&new).await?)
}

fn sort(ids: &[Uuid], standing: &[StandingCredential]) -> (Vec<NewBatchItem>, Vec<RowError>) {
    let standing: HashMap<Uuid, &StandingCredential> =
        standing.iter().map(|row| (row.id, row)).collect();
    let mut seen = HashSet::new();
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (position, id) in (1..).zip(ids) {
        let fault = match standing.get(id) {
            None => Some(("unknown", "Your college has no such credential.")),
            Some(_) if !seen.insert(*id) => Some(("repeated", "It stands further up already.")),
            Some(row) if !row.active => Some(("not_active", "This credential does not stand.")),
            Some(row) if row.waiting => Some(("waiting", "It waits to be issued anew already.")),
            Some(row) => {
                items.push(NewBatchItem {
                    position,
                    credential: Some(row.id),
                    generation: row.generation + 1,
                    reference: None,
                    content_hash: None,
                    fault: None,
                });
                None
            }
        };
        if let Some((code, detail)) = fault {
            errors.push(RowError {
                row: u64::try_from(position).unwrap_or_default(),
                column: "credential".to_owned(),
                code,
                detail: detail.to_owned(),
            });
        }
    }
    (items, errors)
}
