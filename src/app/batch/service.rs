//! Signing anew what software of the college had issued, when the key under it falls: from the bytes held, for there are
//! no facts behind them to draw anew.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use super::work::{Plan, next_draft, settle, unreadable, unsecured};
use crate::app::issue::{self, Origin};
use crate::app::record::{Actor, Happening, record};
use crate::app::{App, Refusal};
use crate::storage::{BatchItem, HeldServiceCredential, KeyRow, TenantTx};

/// Sign the next generation of these, and say what became of each.
pub(super) async fn issue_chunk(
    plan: &Plan,
    items: &[BatchItem],
    key: &KeyRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let college = tx.own_college().await?;
    let ids: Vec<Uuid> = items.iter().map(|item| item.credential).collect();
    let held = tx.hold_service_credentials(&ids).await?;
    let (mut drafts, mut faulty) = (Vec::new(), Vec::new());
    for row in due(items, &held) {
        match row.document.as_deref().and_then(unsecured) {
            Some(document) => drafts.push(next_draft(row.id, row.generation, document, plan)),
            None => faulty.push(unreadable(row.id)),
        }
    }
    let mut signed = issue::sign_all(drafts, Origin::Service, key, &college, tx, app).await?;
    signed.faulty.append(&mut faulty);
    for (credential, generation) in &signed.issued {
        let facts = json!({ "credential": credential, "generation": generation });
        let happening = Happening::in_college("service_credential_reissued", facts);
        record(happening, Actor::HUB, tx, app).await?;
    }
    let standing = held.iter().filter(|row| row.status == "active");
    let standing = standing.map(|row| (row.id, row.generation)).collect();
    Ok(tx.settle_batch_items(plan.batch, &settle(items, &standing, &signed)).await?)
}

/// Those that stand, and that no other run has signed anew already.
fn due<'a>(
    items: &[BatchItem],
    held: &'a [HeldServiceCredential],
) -> impl Iterator<Item = &'a HeldServiceCredential> {
    let wanted: HashMap<Uuid, i32> =
        items.iter().map(|item| (item.credential, item.generation)).collect();
    held.iter().filter(move |row| {
        row.status == "active" && wanted.get(&row.id) == Some(&(row.generation + 1))
    })
}
