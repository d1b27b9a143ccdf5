//! The keys of the hub itself, each for one purpose: access tokens, receipts, pushes, ways out of letters.

use anyhow::Context;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Refusal;
use crate::keystore::{Algorithm, KeyOwner, Keystore, SealedKeyRef};
use crate::portfolio::certificate::{self, OwnFacts};
use crate::storage::{Database, PlatformKeyRow};

/// The one that signs receipts of checks.
pub(super) const RECEIPTS: &str = "receipts";
/// The one that push services know the hub by.
pub(super) const PUSH: &str = "push";
/// A certificate begins a little in the past, for readers whose clock is slow.
const CLOCK_SLACK: chrono::Duration = chrono::Duration::hours(1);
/// How long the hub's own certificate holds.
const LIFE: chrono::Duration = chrono::Duration::days(20 * 365);

/// The key of this purpose, made now where there is none.
pub(super) async fn load(
    purpose: &str,
    algorithm: Algorithm,
    database: &Database,
    keystore: &Keystore,
    now: DateTime<Utc>,
) -> anyhow::Result<PlatformKeyRow> {
    if database.platform_key(purpose).await?.is_none() {
        database.insert_platform_key(&new_key(purpose, algorithm, keystore, now)?).await?;
    }
    database.platform_key(purpose).await?.context("the key was written a moment ago")
}

/// Sign one message: R‖S for Ed25519, r‖s for P-256.
pub(super) fn sign(
    key: &PlatformKeyRow,
    message: &[u8],
    keystore: &Keystore,
) -> Result<[u8; 64], Refusal> {
    let signatures = keystore.sign_batch(&sealed(key)?, &[message]).map_err(Refusal::internal)?;
    signatures
        .first()
        .copied()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))
}

/// As the keystore takes it.
pub(super) fn sealed(row: &PlatformKeyRow) -> Result<SealedKeyRef<'_>, Refusal> {
    Ok(SealedKeyRef {
        owner: KeyOwner::Platform,
        key_id: row.id,
        algorithm: match row.purpose.as_str() {
            RECEIPTS | PUSH => Algorithm::P256,
            _ => Algorithm::Ed25519,
        },
        bytes: &row.sealed,
        version: u32::try_from(row.seal_version).map_err(Refusal::internal)?,
    })
}

#[expect(clippy::disallowed_methods, reason = "a key's id is drawn once, with the key")]
fn new_key(
    purpose: &str,
    algorithm: Algorithm,
    keystore: &Keystore,
    now: DateTime<Utc>,
) -> anyhow::Result<PlatformKeyRow> {
    let id = Uuid::now_v7();
    let sealed = keystore.create(KeyOwner::Platform, id, algorithm)?;
    let digest = hex::encode(Sha256::digest(&sealed.public_key));
    let mut row = PlatformKeyRow {
        id,
        purpose: purpose.to_owned(),
        kid: if purpose == RECEIPTS {
            format!("{purpose}-{}-{}", now.format("%Y-%m"), &digest[..6])
        } else {
            digest[..16].to_owned()
        },
        public_key: sealed.public_key,
        sealed: sealed.bytes,
        seal_version: i32::try_from(sealed.version)?,
        created_at: now,
        certificate: None,
    };
    if purpose == RECEIPTS {
        row.certificate = Some(own_certificate(&row, keystore, now)?);
    }
    Ok(row)
}

/// Nobody above the hub vouches for it: readers are told by the fingerprint, as they are of a college's authority.
fn own_certificate(
    key: &PlatformKeyRow,
    keystore: &Keystore,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<u8>> {
    let mut serial = *key.id.as_bytes();
    serial[0] = (serial[0] & 0x7f) | 0x40;
    let facts = OwnFacts {
        common_name: "Smart Student Hub, receipts".to_owned(),
        public_key: key.public_key.clone(),
        serial,
        valid_from: now - CLOCK_SLACK,
        valid_until: now + LIFE,
    };
    let certificate = certificate::prepare_own(&facts)?;
    let signature = sign(key, certificate.message(), keystore)?;
    Ok(certificate.attach(&signature)?)
}
