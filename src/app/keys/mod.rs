//! A college's signing keys: made, used, and brought from one state of their life to the next.

mod acting;
mod change;
mod make;
mod outside;
pub(in crate::app) mod tell;
mod two_persons;

pub use acting::{Acting, Operator};
pub use change::{activate, create, freeze, retire, rotate};
pub(crate) use make::create_first;
pub use outside::{certify, import, request};
pub use two_persons::{Affected, affected, ask_to_unfreeze, report_compromise};
pub(crate) use two_persons::{declare_compromised, lift_freeze, still_affected};

use super::authenticate::word;
use super::refusal::Current;
use super::{App, Refusal};
use crate::credential::issuer;
use crate::domain::ids::{CollegeId, KeyId};
use crate::domain::key::{KeyPurpose, KeyState};
use crate::domain::key_life::{KeyAction, KeyLife};
use crate::keystore::{Algorithm, KeyOwner, SealedKeyRef};
use crate::storage::{KeyRow, TenantTx};

/// Signs credentials, their status lists and QR cards; the only key in `assertionMethod`.
pub(crate) const CREDENTIALS: &str = KeyPurpose::Credentials.as_str();
/// Signs PDF files.
pub(crate) const DOCUMENTS: &str = KeyPurpose::Documents.as_str();
/// Signs the certificates of the college's document keys.
pub(crate) const AUTHORITY: &str = KeyPurpose::Authority.as_str();
/// Signs the checkpoints of the issuance log.
pub(crate) const LOG: &str = KeyPurpose::Log.as_str();

/// Every key of the college, newest first.
pub async fn list(acting: &Acting, app: &App) -> Result<Vec<KeyRow>, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let rows = tx.keys().await?;
    tx.commit().await?;
    Ok(rows)
}

/// One key of the college.
pub async fn read(id: KeyId, acting: &Acting, app: &App) -> Result<KeyRow, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let row = tx.key(id).await?;
    tx.commit().await?;
    row.ok_or(Refusal::NotFound)
}

/// What may be done with a key now.
pub fn allowed(row: &KeyRow) -> Vec<KeyAction> {
    life(row).map(KeyLife::allowed).unwrap_or_default()
}

/// The key that signs for this purpose now, held until the transaction ends. A college that never had one gets one.
/// None where it was frozen, retired or given up without another in its place.
pub(crate) async fn ensure(
    purpose: KeyPurpose,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<KeyRow>, Refusal> {
    if let Some(key) = tx.hold_active_key(purpose.as_str()).await? {
        return Ok(Some(key));
    }
    make::first_of(purpose, tx, app).await?;
    Ok(tx.hold_active_key(purpose.as_str()).await?)
}

/// The key that issues credentials now, held until the transaction ends. Where there is none, what was approved
/// waits for one, and the key managers are told, once until they have read it.
pub(crate) async fn hold_to_issue(tx: &mut TenantTx, app: &App) -> Result<Option<KeyRow>, Refusal> {
    let key = tx.hold_active_key(CREDENTIALS).await?;
    if key.is_none() {
        tell::credentials_wait(tx, app).await?;
    }
    Ok(key)
}

/// Sign messages with a key as it was read from the database.
pub(crate) fn sign(
    key: &KeyRow,
    college: CollegeId,
    messages: &[&[u8]],
    app: &App,
) -> Result<Vec<[u8; 64]>, Refusal> {
    let sealed = key.sealed.as_deref().ok_or_else(|| {
        Refusal::internal(anyhow::anyhow!("the private part of {} is destroyed", key.kid))
    })?;
    let version = u32::try_from(key.seal_version).map_err(Refusal::internal)?;
    sign_sealed((key.id, &key.algorithm, sealed, version), college, messages, app)
}

/// The 32 octets of an Ed25519 public key.
pub(crate) fn ed25519_public(bytes: &[u8]) -> Result<[u8; 32], Refusal> {
    bytes
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a public key is not 32 octets long")))
}

/// The public part as DID documents write it; none for a key that no DID document names.
pub fn multibase(key: &KeyRow) -> Option<String> {
    let ed25519: [u8; 32] = key.public_key.as_slice().try_into().ok()?;
    Some(issuer::public_key_multibase(&ed25519))
}

fn sign_sealed(
    (id, algorithm, bytes, version): (uuid::Uuid, &str, &[u8], u32),
    college: CollegeId,
    messages: &[&[u8]],
    app: &App,
) -> Result<Vec<[u8; 64]>, Refusal> {
    let algorithm = if algorithm == "Ed25519" { Algorithm::Ed25519 } else { Algorithm::P256 };
    let sealed =
        SealedKeyRef { owner: KeyOwner::College(college), key_id: id, algorithm, bytes, version };
    app.keystore.sign_batch(&sealed, messages).map_err(Refusal::internal)
}

/// Where a key stands in its life.
fn life(row: &KeyRow) -> Result<KeyLife, Refusal> {
    let state: KeyState = word(&row.state)?;
    Ok(KeyLife::new(state, row.activated_at.is_some(), row.retired_at.is_some()))
}

/// Be the only one who changes this key and what depends on it, until the transaction ends.
pub(crate) async fn lock(id: KeyId, tx: &mut TenantTx) -> Result<KeyRow, Refusal> {
    let seen = tx.key(id).await?.ok_or(Refusal::NotFound)?;
    if seen.purpose == AUTHORITY {
        // With an authority falls the key it certified; whoever changes that one asks for the authority second.
        tx.lock_keys(DOCUMENTS).await?;
    }
    tx.lock_keys(&seen.purpose).await?;
    tx.key_for_change(id).await?.ok_or(Refusal::NotFound)
}

/// A key, held for a change by whoever saw this version of it, where its life allows the step.
async fn hold_for(
    action: KeyAction,
    id: KeyId,
    version: Option<i64>,
    tx: &mut TenantTx,
) -> Result<KeyRow, Refusal> {
    let row = lock(id, tx).await?;
    if version.is_some_and(|version| version != row.version) {
        return Err(stale(&row)?);
    }
    let life = life(&row)?;
    match life.after(action) {
        Ok(_) => Ok(row),
        Err(error) => Err(Refusal::KeyTransition { state: error.state, allowed: life.allowed() }),
    }
}

fn stale(row: &KeyRow) -> Result<Refusal, Refusal> {
    Ok(Refusal::Stale(Current {
        status: word::<KeyState>(&row.state)?.as_str(),
        decided_by: None,
        decided_at: None,
        version: row.version,
    }))
}

/// A guarded update of a row that is held: one that does nothing is a fault of the program.
fn moved(done: bool) -> Result<(), Refusal> {
    if done { Ok(()) } else { Err(Refusal::internal(anyhow::anyhow!("a held key did not move"))) }
}
