//! Every key and every other sealed secret under a new master key.

use serde_json::json;
use uuid::Uuid;

use super::college_key;
use crate::app::record::{Actor, Happening, record};
use crate::app::{App, Refusal, platform_key};
use crate::domain::ids::CollegeId;
use crate::keystore::{Keystore, SealedKeyRef, SealedSecretRef, SignError};
use crate::storage::{SealedSecretRow, TenantTx};

/// What a new master key was put under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys and secrets sealed anew.
    pub moved: usize,
    /// Those that were under the new master key before.
    pub already: usize,
    /// Colleges.
    pub colleges: usize,
}

/// Why no key was sealed anew.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// Nothing to change to.
    #[error("the new master key is the present one")]
    SameMasterKey,
    /// Some seals open under neither; each by its name.
    #[error("nothing was changed: these seals open neither under the present nor under the new master key:\n  {}", .0.join("\n  "))]
    Broken(Vec<String>),
    /// The database did not do it; nothing was changed.
    #[error("nothing was changed: {0}")]
    Refused(#[from] Refusal),
}

/// Seal every key and secret anew under the master key of `next`: all of them or none, in one transaction. Harmless when done again.
pub async fn rewrap(next: &Keystore, app: &App) -> Result<Rewrapped, RewrapError> {
    if app.keystore.same_master_key(next) {
        return Err(RewrapError::SameMasterKey);
    }
    let mut done = Rewrapped::default();
    let mut broken = Vec::new();
    // The nil id is that of no college: the platform's own keys come first.
    let mut tx = app.database.tenant(CollegeId(Uuid::nil())).await.map_err(Refusal::from)?;
    for row in tx.hold_platform_keys().await.map_err(Refusal::from)? {
        let key = platform_key::sealed(&row)?;
        match sealed_anew(&key, &row.public_key, next, app) {
            Ok(Some((bytes, version))) => {
                let replaced = tx.replace_platform_seal(row.id, row.seal_version, &bytes, version);
                ensure_replaced(replaced.await.map_err(Refusal::from)?, &row.kid)?;
                done.moved += 1;
            }
            Ok(None) => done.already += 1,
            Err(error) => broken.push(format!("platform {}: {error}", row.kid)),
        }
    }
    for (college, slug) in app.database.college_slugs().await.map_err(Refusal::from)? {
        tx = tx.enter(college).await.map_err(Refusal::from)?;
        let moved = rewrap_college(&slug, next, &mut done, &mut broken, &mut tx, app).await?;
        if moved > 0 {
            let facts = json!({ "keys": moved });
            record(Happening::in_college("keys_sealed_anew", facts), Actor::HUB, &mut tx, app)
                .await?;
        }
    }
    if !broken.is_empty() {
        return Err(RewrapError::Broken(broken));
    }
    tx.commit().await.map_err(Refusal::from)?;
    Ok(done)
}

async fn rewrap_college(
    slug: &str,
    next: &Keystore,
    done: &mut Rewrapped,
    broken: &mut Vec<String>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<usize, Refusal> {
    tx.hold_keys().await?;
    let mut moved = 0;
    for row in tx.keys().await? {
        let Some(key) = college_key(&row, tx.college())? else { continue };
        match sealed_anew(&key, &row.public_key, next, app) {
            Ok(Some((bytes, version))) => {
                let replaced = tx.replace_seal(row.id.into(), row.seal_version, &bytes, version);
                ensure_replaced(replaced.await?, &row.kid)?;
                moved += 1;
            }
            Ok(None) => done.already += 1,
            Err(error) => broken.push(format!("{slug} {}: {error}", row.kid)),
        }
    }
    for row in tx.hold_sealed_secrets().await? {
        match secret_sealed_anew(&row, tx.college(), next, app) {
            Ok(Some((bytes, version))) => {
                let replaced = tx.replace_secret_seal(row.id, row.seal_version, &bytes, version);
                ensure_replaced(replaced.await?, &row.purpose)?;
                moved += 1;
            }
            Ok(None) => done.already += 1,
            Err(error) => broken.push(format!("{slug} {} {}: {error}", row.purpose, row.id)),
        }
    }
    done.moved += moved;
    done.colleges += 1;
    Ok(moved)
}

/// The same for a secret that is no key: it is what it was where both seals open to the same.
fn secret_sealed_anew(
    row: &SealedSecretRow,
    college: CollegeId,
    next: &Keystore,
    app: &App,
) -> anyhow::Result<Option<(Vec<u8>, i32)>> {
    let version = u32::try_from(row.seal_version)?;
    let secret = SealedSecretRef { college, id: row.id, bytes: &row.sealed, version };
    let content = match app.keystore.open_secret(&secret) {
        Ok(content) => content,
        Err(SignError::OtherMasterKey) => {
            next.open_secret(&secret)?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let sealed = app.keystore.reseal_secret(&secret, next)?;
    let again = SealedSecretRef { bytes: &sealed.bytes, version: sealed.version, ..secret };
    anyhow::ensure!(next.open_secret(&again)? == content, SignError::BrokenSeal);
    Ok(Some((sealed.bytes, i32::try_from(sealed.version)?)))
}

/// The seal under the next master key, opened once to be sure; none where it is there already.
fn sealed_anew(
    key: &SealedKeyRef<'_>,
    public_key: &[u8],
    next: &Keystore,
    app: &App,
) -> anyhow::Result<Option<(Vec<u8>, i32)>> {
    match app.keystore.public_key(key) {
        Ok(found) => anyhow::ensure!(found == public_key, SignError::OtherKey),
        Err(SignError::OtherMasterKey) => {
            anyhow::ensure!(next.public_key(key)? == public_key, SignError::OtherKey);
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    }
    let sealed = app.keystore.reseal(key, next)?;
    let again = SealedKeyRef { bytes: &sealed.bytes, version: sealed.version, ..*key };
    anyhow::ensure!(next.public_key(&again)? == public_key, SignError::OtherKey);
    let version = i32::try_from(sealed.version)?;
    Ok(Some((sealed.bytes, version)))
}

fn ensure_replaced(replaced: bool, kid: &str) -> Result<(), Refusal> {
    if replaced {
        Ok(())
    } else {
        Err(Refusal::internal(anyhow::anyhow!("the seal of {kid} was held and is another")))
    }
}
