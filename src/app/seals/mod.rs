//! The seals of every private key of the hub: whether they are whole, under which master key they are, and what is left
//! in the hardware module of keys that were given up.

mod hsm;
mod rewrap;

pub use hsm::{HsmContents, Orphan, look_into_hsm, sweep_hsm};
pub(crate) use hsm::{destroy, give_up};
pub use rewrap::{RewrapError, Rewrapped, rewrap};

use super::{App, Refusal, platform_key};
use crate::domain::ids::CollegeId;
use crate::domain::key::KeyState;
use crate::keystore::{Algorithm, KeyOwner, KeyPlace, SealedKeyRef};
use crate::storage::KeyRow;

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

/// Open every seal, and have every key that should sign do so.
pub async fn verify(app: &App) -> Result<Vec<SealReport>, Refusal> {
    let mut reports = Vec::new();
    for row in app.database.platform_keys().await? {
        let key = platform_key::sealed(&row)?;
        reports.push(SealReport {
            owner: "platform".to_owned(),
            purpose: if row.purpose == platform_key::RECEIPTS {
                "receipts"
            } else {
                "access tokens"
            }
            .to_owned(),
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
