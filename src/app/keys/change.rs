//! What one person may do with a key: make it, put it to use, replace it, stop it.

use serde_json::json;

use super::{Acting, hold_for, make, moved, tell};
use crate::app::authenticate::word;
use crate::app::record::{Happening, record};
use crate::app::{App, Refusal, issue, seals, status_lists};
use crate::domain::ids::KeyId;
use crate::domain::key::{KeyPurpose, KeyState};
use crate::domain::key_life::KeyAction;
use crate::domain::text;
use crate::storage::{KeyRow, TenantTx};

/// Make a key that waits to be put to use.
pub async fn create(purpose: KeyPurpose, acting: &Acting, app: &App) -> Result<KeyRow, Refusal> {
    if purpose == KeyPurpose::Authority {
        return Err(Refusal::field(
            "purpose",
            "not_allowed",
            "The authority's key is made with the college, and anew when it is compromised.",
        ));
    }
    let mut tx = app.database.tenant(acting.college()).await?;
    let new = make::insert(purpose, false, acting.member(), &mut tx, app).await?;
    let facts = acting.facts(json!({ "purpose": purpose, "kid": new.kid }));
    record(Happening::in_college("key_created", facts), acting.actor(), &mut tx, app).await?;
    finish(new.id.into(), tx).await
}

/// Put a pending key to use. The one before it retires, and its private part is destroyed.
pub async fn activate(
    id: KeyId,
    version: i64,
    acting: &Acting,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let key = hold_for(KeyAction::Activate, id, Some(version), &mut tx).await?;
    let purpose: KeyPurpose = word(&key.purpose)?;
    let replaced = make_room(purpose, &mut tx, app).await?;
    moved(tx.activate_key(id, key.version, app.now()).await?)?;
    let facts = json!({ "purpose": purpose, "kid": key.kid, "replaced": replaced });
    let happening = Happening::in_college("key_activated", acting.facts(facts));
    record(happening, acting.actor(), &mut tx, app).await?;
    put_to_use(purpose, &mut tx, app).await?;
    finish(id, tx).await
}

/// Put a new key in the place of one that signs, or that is frozen. What the old one signed stays as valid as it
/// was; its private part is destroyed.
pub async fn rotate(
    id: KeyId,
    version: i64,
    acting: &Acting,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let old = hold_for(KeyAction::Rotate, id, Some(version), &mut tx).await?;
    let purpose: KeyPurpose = word(&old.purpose)?;
    if purpose == KeyPurpose::Authority {
        return Err(Refusal::Conflict(
            "The authority's key is kept for as long as its certificates.",
        ));
    }
    let new = replace(purpose, acting, &mut tx, app).await?;
    let facts = json!({ "purpose": purpose, "old": old.kid, "new": new.kid });
    let happening = Happening::in_college("key_rotated", acting.facts(facts));
    record(happening, acting.actor(), &mut tx, app).await?;
    finish(new.id.into(), tx).await
}

/// Stop a key for good, with nothing in its place.
pub async fn retire(
    id: KeyId,
    version: i64,
    acting: &Acting,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let key = hold_for(KeyAction::Retire, id, Some(version), &mut tx).await?;
    moved(tx.retire_key(id, key.version, app.now()).await?)?;
    seals::give_up(&key, &mut tx, app).await?;
    let facts = acting.facts(json!({ "purpose": key.purpose, "kid": key.kid }));
    record(Happening::in_college("key_retired", facts), acting.actor(), &mut tx, app).await?;
    if word::<KeyState>(&key.state)? == KeyState::Active {
        let told = format!(
            "The key {} ({}) was retired. Nothing is signed with it any more, and no other took its place.",
            key.kid, key.purpose
        );
        tell::everybody("key_retired", &told, &mut tx, app).await?;
    }
    finish(id, tx).await
}

/// Stop a key at once, on a suspicion. It signs nothing, and what it signed is shown with a remark.
pub async fn freeze(
    id: KeyId,
    version: i64,
    reason: &str,
    acting: &Acting,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let reason = parse_reason(reason)?;
    let mut tx = app.database.tenant(acting.college()).await?;
    let key = hold_for(KeyAction::Freeze, id, Some(version), &mut tx).await?;
    freeze_held(&key, &reason, acting, &mut tx, app).await?;
    finish(id, tx).await
}

pub(super) async fn freeze_held(
    key: &KeyRow,
    reason: &str,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let by = acting.member();
    moved(tx.freeze_key(key.id.into(), key.version, by, reason, app.now()).await?)?;
    let facts = acting.facts(json!({ "purpose": key.purpose, "kid": key.kid }));
    let happening = Happening::in_college("key_frozen", facts).saying(Some(reason));
    record(happening, acting.actor(), tx, app).await?;
    let told = format!(
        "The key {} ({}) was frozen: {reason} It signs nothing until two persons say that nothing was wrong, or another takes its place.",
        key.kid, key.purpose
    );
    tell::everybody("key_frozen", &told, tx, app).await
}

/// Why, in words: one line to a paragraph.
pub(super) fn parse_reason(reason: &str) -> Result<String, Refusal> {
    let reason = text::paragraphs(reason, 500)
        .map_err(|error| Refusal::field("reason", error.code(), error.to_string()))?;
    if reason.chars().count() < 5 {
        return Err(Refusal::field("reason", "required", "Say why: others will read it."));
    }
    Ok(reason)
}

/// Put a new key in the place of whatever signs for a purpose, or would sign again after a freeze.
pub(super) async fn replace(
    purpose: KeyPurpose,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<crate::storage::NewKey, Refusal> {
    make_room(purpose, tx, app).await?;
    let new = make::insert(purpose, true, acting.member(), tx, app).await?;
    put_to_use(purpose, tx, app).await?;
    Ok(new)
}

/// Stop what signs for a purpose, and what would sign again after a freeze; gives their names.
async fn make_room(
    purpose: KeyPurpose,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<String>, Refusal> {
    let mut stopped = Vec::new();
    for key in tx.keys().await? {
        let signs =
            key.state == KeyState::Active.as_str() || key.state == KeyState::Frozen.as_str();
        if key.purpose != purpose.as_str() || !signs || key.retired_at.is_some() {
            continue;
        }
        let key = tx.key_for_change(key.id.into()).await?.ok_or(Refusal::NotFound)?;
        moved(tx.retire_key(key.id.into(), key.version, app.now()).await?)?;
        seals::give_up(&key, tx, app).await?;
        stopped.push(key.kid);
    }
    Ok(stopped)
}

/// What follows when a key begins to sign: lists and the log's head are signed with it, and what waited for a key is
/// issued.
pub(super) async fn put_to_use(
    purpose: KeyPurpose,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    match purpose {
        KeyPurpose::Credentials => {}
        KeyPurpose::Log => return Ok(tx.ask_for_checkpoint(app.now()).await?),
        KeyPurpose::Documents | KeyPurpose::Authority => return Ok(()),
    }
    status_lists::republish_all(tx, app).await?;
    issue::resume(tx, app).await
}

/// The key as it stands now, committed.
pub(super) async fn finish(id: KeyId, mut tx: TenantTx) -> Result<KeyRow, Refusal> {
    let row = tx.key(id).await?;
    tx.commit().await?;
    row.ok_or_else(|| Refusal::internal(anyhow::anyhow!("the key was written a moment ago")))
}
