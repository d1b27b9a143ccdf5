//! The seals of every private key of the hub: whether they are whole, under which master key they are, and what is left
//! in the hardware module of keys that were given up.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal};
use crate::domain::ids::{CollegeId, KeyId};
use crate::domain::job::Job;
use crate::domain::key::KeyState;
use crate::keystore::{Algorithm, KeyOwner, KeyPlace, Keystore, SealedKeyRef, SignError};
use crate::storage::{KeyRow, PlatformKeyRow, TenantTx};

/// A key in the hardware module that no row names may belong to a transaction that is still open.
const YOUNG: Duration = Duration::hours(1);

/// A key, and what its seal turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealReport {
    /// Slug of the college, or `platform`.
    pub owner: String,
    /// What it signs.
    pub purpose: String,
    /// Its name.
    pub kid: String,
    /// State word.
    pub state: String,
    /// Where the private part is.
    pub place: String,
    /// What is wrong.
    pub fault: Option<String>,
}

/// What a new master key was put under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys sealed anew.
    pub moved: usize,
    /// Keys that were under the new master key before.
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

/// A private key in the hardware module that no row of this hub names any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Slug of its college.
    pub college: String,
    /// Its id.
    pub key: KeyId,
    /// When it was made.
    pub made: DateTime<Utc>,
}

/// What a look into the hardware module found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HsmContents {
    /// Private keys that rows name.
    pub in_use: usize,
    /// Left over: from transactions that were rolled back, or of retired keys while the module was away.
    pub orphans: Vec<Orphan>,
    /// Too young to tell.
    pub young: usize,
    /// Of no college of this hub: never touched.
    pub foreign: usize,
}

/// Open every seal, and have every key that should sign do so.
pub async fn verify(app: &App) -> Result<Vec<SealReport>, Refusal> {
    let mut reports = Vec::new();
    for row in app.database.platform_keys().await? {
        let key = platform_key(&row)?;
        reports.push(SealReport {
            owner: "platform".to_owned(),
            purpose: "access tokens".to_owned(),
            kid: row.kid.clone(),
            state: KeyState::Active.to_string(),
            place: place(&key, app),
            fault: fault(&key, &row.public_key, app),
        });
    }
    for (college, slug) in app.database.college_slugs().await? {
        let mut tx = app.database.tenant(college).await?;
        let keys = tx.keys().await?;
        tx.commit().await?;
        for row in keys {
            reports.push(report(row, college, &slug, app)?);
        }
    }
    Ok(reports)
}

/// Seal every key anew under the master key of `next`: all of them or none, in one transaction. Harmless when done again.
pub async fn rewrap(next: &Keystore, app: &App) -> Result<Rewrapped, RewrapError> {
    if app.keystore.same_master_key(next) {
        return Err(RewrapError::SameMasterKey);
    }
    let mut done = Rewrapped::default();
    let mut broken = Vec::new();
    // The nil id is that of no college: the platform's own keys come first.
    let mut tx = app.database.tenant(CollegeId(Uuid::nil())).await.map_err(Refusal::from)?;
    for row in tx.hold_platform_keys().await.map_err(Refusal::from)? {
        let key = platform_key(&row)?;
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

/// What the hardware module holds, held against the rows.
pub async fn look_into_hsm(app: &App) -> Result<HsmContents, Refusal> {
    // The module first: a key that is made meanwhile is not in this list, whatever its row says.
    let objects = app.keystore.hsm_objects().map_err(Refusal::internal)?;
    let colleges = app.database.college_slugs().await?;
    let mut named: HashSet<Uuid> = HashSet::new();
    named.extend(app.database.platform_keys().await?.iter().map(|row| row.id));
    for (college, _) in &colleges {
        let mut tx = app.database.tenant(*college).await?;
        let keys = tx.keys().await?;
        tx.commit().await?;
        named.extend(keys.iter().filter(|row| row.sealed.is_some()).map(|row| row.id));
    }
    let mut contents = HsmContents::default();
    for object in objects {
        let slug = |owner| match owner {
            KeyOwner::College(id) => colleges.iter().find(|(known, _)| *known == id),
            // Another hub on the same token has platform keys as well, and nothing tells them apart.
            KeyOwner::Platform => None,
        };
        match (object.key_id, object.owner.and_then(slug)) {
            (Some(key), _) if named.contains(&key) => contents.in_use += 1,
            (Some(key), Some((_, slug))) => match made_at(key) {
                Some(made) if made < app.now() - YOUNG => {
                    contents.orphans.push(Orphan { college: slug.clone(), key: key.into(), made });
                }
                Some(_) => contents.young += 1,
                None => contents.foreign += 1,
            },
            (Some(_) | None, _) => contents.foreign += 1,
        }
    }
    Ok(contents)
}

/// Remove what is left over in the hardware module.
pub async fn sweep_hsm(contents: &HsmContents, app: &App) -> Result<usize, Refusal> {
    let mut removed = 0;
    for orphan in &contents.orphans {
        let gone = app.keystore.destroy_in_hsm(orphan.key.0).map_err(Refusal::internal)?;
        removed += usize::from(gone);
    }
    Ok(removed)
}

/// A key is given up in this transaction: if it is in the hardware module, have it removed there after the commit.
///
/// Not before: a transaction that is rolled back would leave a row without its key.
pub(crate) async fn give_up(key: &KeyRow, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    if key.sealed.as_deref().is_some_and(Keystore::is_in_hsm) {
        enqueue(&Job::DestroyKey { key: key.id.into() }, tx, app).await?;
    }
    Ok(())
}

/// Remove a key that was given up from the hardware module; a job. One whose row still has it is left alone.
pub(crate) async fn destroy(college: CollegeId, id: KeyId, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let keys = tx.keys().await?;
    tx.commit().await?;
    let row = keys.iter().find(|row| row.id == id.0).ok_or(Refusal::NotFound)?;
    if row.sealed.is_some() {
        return Err(Refusal::internal(anyhow::anyhow!("{} is still in use", row.kid)));
    }
    app.keystore.destroy_in_hsm(row.id).map_err(Refusal::internal)?;
    Ok(())
}

fn report(row: KeyRow, college: CollegeId, slug: &str, app: &App) -> Result<SealReport, Refusal> {
    let (place, fault) = match college_key(&row, college)? {
        Some(key) => (place(&key, app), fault(&key, &row.public_key, app)),
        // The database lets a key be without one only when it was given up.
        None => ("destroyed".to_owned(), None),
    };
    Ok(SealReport {
        owner: slug.to_owned(),
        purpose: row.purpose,
        kid: row.kid,
        state: row.state,
        place,
        fault,
    })
}

fn place(key: &SealedKeyRef<'_>, app: &App) -> String {
    match app.keystore.place_of(key) {
        Ok(KeyPlace::Database) => "sealed".to_owned(),
        Ok(KeyPlace::Hsm(token)) => format!("token {token}"),
        Err(_) => "unknown".to_owned(),
    }
}

fn fault(key: &SealedKeyRef<'_>, public_key: &[u8], app: &App) -> Option<String> {
    app.keystore.verify_seal(key, public_key).err().map(|error| error.to_string())
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
    done.moved += moved;
    done.colleges += 1;
    Ok(moved)
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

fn platform_key(row: &PlatformKeyRow) -> Result<SealedKeyRef<'_>, Refusal> {
    Ok(SealedKeyRef {
        owner: KeyOwner::Platform,
        key_id: row.id,
        algorithm: Algorithm::Ed25519,
        bytes: &row.sealed,
        version: u32::try_from(row.seal_version).map_err(Refusal::internal)?,
    })
}

/// None where the private part is destroyed.
fn college_key(row: &KeyRow, college: CollegeId) -> Result<Option<SealedKeyRef<'_>>, Refusal> {
    let Some(bytes) = row.sealed.as_deref() else { return Ok(None) };
    Ok(Some(SealedKeyRef {
        owner: KeyOwner::College(college),
        key_id: row.id,
        algorithm: if row.algorithm == "Ed25519" { Algorithm::Ed25519 } else { Algorithm::P256 },
        bytes,
        version: u32::try_from(row.seal_version).map_err(Refusal::internal)?,
    }))
}

/// Row ids carry the time (UUIDv7, RFC 9562 §5.7).
fn made_at(key: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = key.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}
