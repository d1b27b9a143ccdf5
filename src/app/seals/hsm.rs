//! What is left in the hardware module of keys that were given up, or never came to be.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::app::record::enqueue;
use crate::app::{App, Refusal};
use crate::domain::ids::{CollegeId, KeyId};
use crate::domain::job::Job;
use crate::keystore::{KeyOwner, Keystore};
use crate::storage::{KeyRow, TenantTx};

/// A key in the hardware module that no row names may belong to a transaction that is still open.
const YOUNG: Duration = Duration::hours(1);

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

/// Row ids carry the time (UUIDv7, RFC 9562 §5.7).
fn made_at(key: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = key.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}
