//! A college's signing keys: made, used, rotated.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::record::{Actor, Happening, record};
use super::refusal::Current;
use super::{App, Refusal};
use crate::credential::issuer;
use crate::domain::achievement::Status;
use crate::domain::ids::{CollegeId, KeyId};
use crate::domain::key::KeyState;
use crate::domain::member::Caller;
use crate::keystore::{Algorithm, KeyOwner, SealedKeyRef};
use crate::portfolio::certificate::{self, AuthorityFacts, SignerFacts};
use crate::storage::{CollegeRow, KeyRow, NewKey, TenantTx};

/// Signs credentials, their status lists and QR cards; the only key in `assertionMethod`.
pub(crate) const CREDENTIALS: &str = "credentials";
/// Signs PDF files.
pub(crate) const DOCUMENTS: &str = "documents";
/// Signs the certificates of the college's document keys.
pub(crate) const AUTHORITY: &str = "authority";

/// A certificate begins a little in the past, for readers whose clock is slow.
const CLOCK_SLACK: Duration = Duration::hours(1);
/// How long the college's own authority holds.
const AUTHORITY_LIFE: Duration = Duration::days(20 * 365);
/// How long a document certificate holds.
const DOCUMENT_LIFE: Duration = Duration::days(10 * 365);

/// Every key of the caller's college, newest first.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<KeyRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.keys().await?;
    tx.commit().await?;
    Ok(rows)
}

/// Give a college its first keys, in the transaction that creates it.
pub(crate) async fn create_first(
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let now = app.now();
    let credentials = new_credential_key(tx.college(), app, now)?;
    tx.insert_key(&credentials).await?;
    let authority = new_authority(college, tx.college(), app, now)?;
    tx.insert_key(&authority).await?;
    let documents = new_document_key(college, &authority, tx.college(), app, now)?;
    tx.insert_key(&documents).await?;
    // Its own certificate, and that of the document key.
    tx.count_signatures(authority.id.into(), 2, now).await?;
    let kids = json!({ "credentials": credentials.kid, "documents": documents.kid, "authority": authority.kid });
    record(Happening::in_college("keys_created", kids), Actor::HUB, tx, app).await
}

/// Retire a key, destroy its private part and put a new one in its place. What the old one signed stays valid.
pub async fn rotate(
    id: KeyId,
    version: i64,
    caller: &Caller,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let college = app.database.college(caller.college).await?;
    let mut tx = app.database.tenant(caller.college).await?;
    let keys = tx.keys().await?;
    let old = keys.iter().find(|key| key.id == id.0).ok_or(Refusal::NotFound)?;
    if old.state != KeyState::Active.as_str() {
        return Err(Refusal::Conflict(
            "Only an active key can be rotated; this one signs nothing any more.",
        ));
    }
    let now = app.now();
    if !tx.retire_key(id, version, now).await? {
        return Err(Refusal::Stale(Current {
            status: Status::Approved,
            decided_by: None,
            decided_at: None,
            version: old.version,
        }));
    }
    let new = match old.purpose.as_str() {
        CREDENTIALS => new_credential_key(caller.college, app, now)?,
        DOCUMENTS => {
            let authority = keys
                .iter()
                .find(|key| key.purpose == AUTHORITY && key.state == KeyState::Active.as_str());
            let authority = authority.ok_or(Refusal::Conflict(
                "The college has no active authority to certify a new key.",
            ))?;
            tx.count_signatures(authority.id.into(), 1, now).await?;
            new_document_key(&college, &as_new(authority), caller.college, app, now)?
        }
        _ => {
            return Err(Refusal::Conflict(
                "The authority's key is kept for as long as its certificates.",
            ));
        }
    };
    tx.insert_key(&new).await?;
    let kids = json!({ "purpose": old.purpose, "old": old.kid, "new": new.kid });
    record(Happening::in_college("key_rotated", kids), caller.into(), &mut tx, app).await?;
    if old.purpose == CREDENTIALS {
        super::status_lists::republish_all(&mut tx, app).await?;
        super::issue::resume(&mut tx, app).await?;
    }
    let made = tx.keys().await?.into_iter().find(|key| key.id == new.id);
    tx.commit().await?;
    made.ok_or_else(|| Refusal::internal(anyhow::anyhow!("the key was written a moment ago")))
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

fn new_credential_key(
    college: CollegeId,
    app: &App,
    now: DateTime<Utc>,
) -> Result<NewKey, Refusal> {
    let id = app.row_id();
    let sealed = app
        .keystore
        .create(KeyOwner::College(college), id, Algorithm::Ed25519)
        .map_err(Refusal::internal)?;
    let kid = issuer::key_fragment(&ed25519_public(&sealed.public_key)?, now);
    Ok(NewKey {
        id,
        purpose: CREDENTIALS,
        algorithm: "Ed25519",
        kid,
        public_key: sealed.public_key,
        sealed: sealed.bytes,
        seal_version: i32::try_from(sealed.version).map_err(Refusal::internal)?,
        certificate: None,
        created_at: now,
    })
}

fn new_p256_key(
    purpose: &'static str,
    college: CollegeId,
    app: &App,
    now: DateTime<Utc>,
) -> Result<NewKey, Refusal> {
    let id = app.row_id();
    let sealed = app
        .keystore
        .create(KeyOwner::College(college), id, Algorithm::P256)
        .map_err(Refusal::internal)?;
    let digest = crate::blobs::Digest::of(&sealed.public_key).to_string();
    Ok(NewKey {
        id,
        purpose,
        algorithm: "P-256",
        kid: format!("{purpose}-{}-{}", now.format("%Y-%m"), &digest[..6]),
        public_key: sealed.public_key,
        sealed: sealed.bytes,
        seal_version: i32::try_from(sealed.version).map_err(Refusal::internal)?,
        certificate: None,
        created_at: now,
    })
}

/// The college's own certificate authority, signed by itself.
fn new_authority(
    college: &CollegeRow,
    id: CollegeId,
    app: &App,
    now: DateTime<Utc>,
) -> Result<NewKey, Refusal> {
    let mut key = new_p256_key(AUTHORITY, id, app, now)?;
    let facts = AuthorityFacts {
        college_name: college.name.clone(),
        organisation: college.name.clone(),
        country: "IN".to_owned(),
        public_key: key.public_key.clone(),
        serial: serial(app),
        valid_from: now - CLOCK_SLACK,
        valid_until: now + AUTHORITY_LIFE,
    };
    let certificate = certificate::prepare_authority(&facts).map_err(Refusal::internal)?;
    let signature = sign_with_new(&key, id, certificate.message(), app)?;
    key.certificate = Some(certificate.attach(&signature).map_err(Refusal::internal)?);
    Ok(key)
}

/// A document key with its certificate from the college's authority.
fn new_document_key(
    college: &CollegeRow,
    authority: &NewKey,
    id: CollegeId,
    app: &App,
    now: DateTime<Utc>,
) -> Result<NewKey, Refusal> {
    let mut key = new_p256_key(DOCUMENTS, id, app, now)?;
    let facts = SignerFacts {
        college_name: college.name.clone(),
        public_key: key.public_key.clone(),
        serial: serial(app),
        valid_from: now - CLOCK_SLACK,
        valid_until: now + DOCUMENT_LIFE,
        authority: authority.certificate.clone().unwrap_or_default(),
    };
    let certificate = certificate::prepare_signer(&facts).map_err(Refusal::internal)?;
    let signature = sign_with_new(authority, id, certificate.message(), app)?;
    key.certificate = Some(certificate.attach(&signature).map_err(Refusal::internal)?);
    Ok(key)
}

fn sign_with_new(
    key: &NewKey,
    college: CollegeId,
    message: &[u8],
    app: &App,
) -> Result<[u8; 64], Refusal> {
    let version = u32::try_from(key.seal_version).map_err(Refusal::internal)?;
    let signatures =
        sign_sealed((key.id, key.algorithm, &key.sealed, version), college, &[message], app)?;
    signatures
        .first()
        .copied()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))
}

fn as_new(row: &KeyRow) -> NewKey {
    NewKey {
        id: row.id,
        purpose: AUTHORITY,
        algorithm: "P-256",
        kid: row.kid.clone(),
        public_key: row.public_key.clone(),
        sealed: row.sealed.clone().unwrap_or_default(),
        seal_version: row.seal_version,
        certificate: row.certificate.clone(),
        created_at: row.created_at,
    }
}

/// Positive, 127 random bits (RFC 5280 §4.1.2.2).
fn serial(app: &App) -> [u8; 16] {
    let mut serial = [0; 16];
    serial.copy_from_slice(&app.random_bytes()[..16]);
    serial[0] = (serial[0] & 0x7f) | 0x40;
    serial
}
