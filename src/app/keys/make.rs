//! New keys: the first ones of a college, and those that take another's place.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::{AUTHORITY, CREDENTIALS, DOCUMENTS, LOG, ed25519_public, sign_sealed};
use crate::app::record::{Actor, Happening, record};
use crate::app::{App, Refusal};
use crate::credential::issuer;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::key::KeyPurpose;
use crate::keystore::{Algorithm, KeyOwner};
use crate::portfolio::certificate::{self, AuthorityFacts, SignerFacts};
use crate::storage::{CollegeRow, KeyRow, NewKey, TenantTx};

/// A certificate begins a little in the past, for readers whose clock is slow.
const CLOCK_SLACK: Duration = Duration::hours(1);
/// How long the college's own authority holds.
const AUTHORITY_LIFE: Duration = Duration::days(20 * 365);
/// How long a document certificate holds.
const DOCUMENT_LIFE: Duration = Duration::days(10 * 365);

/// Give a college its first keys, in the transaction that creates it.
pub(crate) async fn create_first(
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let now = app.now();
    let credentials = new_key(CREDENTIALS, Algorithm::Ed25519, tx.college(), app, now)?;
    let authority = new_authority(college, tx.college(), app, now)?;
    let documents = new_document_key(college, &authority, tx.college(), app, now)?;
    let log = new_key(LOG, Algorithm::Ed25519, tx.college(), app, now)?;
    for key in [&credentials, &authority, &documents, &log] {
        tx.insert_key(key).await?;
    }
    // Its own certificate, and that of the document key.
    tx.count_signatures(authority.id.into(), 2, now).await?;
    let kids = json!({ "credentials": credentials.kid, "documents": documents.kid, "authority": authority.kid, "log": log.kid });
    record(Happening::in_college("keys_created", kids), Actor::HUB, tx, app).await
}

/// Make a key of a purpose that the college never had one of, such as one that came with a newer hub.
pub(super) async fn first_of(
    purpose: KeyPurpose,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    tx.lock_keys(purpose.as_str()).await?;
    if tx.keys().await?.iter().any(|key| key.purpose == purpose.as_str()) {
        return Ok(());
    }
    let new = insert(purpose, true, None, tx, app).await?;
    let kids = json!({ purpose.as_str(): new.kid });
    record(Happening::in_college("keys_created", kids), Actor::HUB, tx, app).await
}

/// Write a new key, active from now on or waiting. A key for files gets its certificate from the college's authority.
pub(super) async fn insert(
    purpose: KeyPurpose,
    active: bool,
    created_by: Option<MemberId>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<NewKey, Refusal> {
    let (college, now) = (tx.own_college().await?, app.now());
    let id = tx.college();
    let new = match purpose {
        KeyPurpose::Credentials => new_key(CREDENTIALS, Algorithm::Ed25519, id, app, now)?,
        KeyPurpose::Log => new_key(LOG, Algorithm::Ed25519, id, app, now)?,
        KeyPurpose::Authority => new_authority(&college, id, app, now)?,
        KeyPurpose::Documents => {
            let authority = tx.hold_active_key(AUTHORITY).await?.ok_or(Refusal::Conflict(
                "The college has no active authority to certify a new key.",
            ))?;
            tx.count_signatures(authority.id.into(), 1, now).await?;
            new_document_key(&college, &as_new(authority)?, id, app, now)?
        }
    };
    let new = NewKey { active, created_by, ..new };
    tx.insert_key(&new).await?;
    Ok(new)
}

fn new_key(
    purpose: &'static str,
    algorithm: Algorithm,
    college: CollegeId,
    app: &App,
    now: DateTime<Utc>,
) -> Result<NewKey, Refusal> {
    let id = app.row_id();
    let owner = KeyOwner::College(college);
    let sealed = app.keystore.create(owner, id, algorithm).map_err(Refusal::internal)?;
    let (word, kid) = match algorithm {
        Algorithm::Ed25519 => {
            ("Ed25519", issuer::key_fragment(&ed25519_public(&sealed.public_key)?, now))
        }
        Algorithm::P256 => ("P-256", p256_kid(purpose, &sealed.public_key, now)),
    };
    Ok(NewKey {
        id,
        purpose,
        algorithm: word,
        kid,
        public_key: sealed.public_key,
        sealed: sealed.bytes,
        seal_version: i32::try_from(sealed.version).map_err(Refusal::internal)?,
        certificate: None,
        chain: Vec::new(),
        active: true,
        created_by: None,
        created_at: now,
    })
}

/// `documents-2026-11-8d20e7`: month, and the first digits of SHA-256 of the public key.
pub(super) fn p256_kid(purpose: &str, public_key: &[u8], now: DateTime<Utc>) -> String {
    let digest = crate::blobs::Digest::of(public_key).to_string();
    format!("{purpose}-{}-{}", now.format("%Y-%m"), &digest[..6])
}

/// The college's own certificate authority, signed by itself.
fn new_authority(
    college: &CollegeRow,
    id: CollegeId,
    app: &App,
    now: DateTime<Utc>,
) -> Result<NewKey, Refusal> {
    let mut key = new_key(AUTHORITY, Algorithm::P256, id, app, now)?;
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
    let mut key = new_key(DOCUMENTS, Algorithm::P256, id, app, now)?;
    let facts = SignerFacts {
        college_name: college.name.clone(),
        public_key: key.public_key.clone(),
        serial: serial(app),
        valid_from: now - CLOCK_SLACK,
        valid_until: now + DOCUMENT_LIFE,
        authority: authority.certificate.clone().unwrap_or_default(),
        revocation_list: Some(app.public_url.revocation_list(&college.slug, &authority.kid)),
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

/// The authority as one that was made a moment ago.
fn as_new(row: KeyRow) -> Result<NewKey, Refusal> {
    Ok(NewKey {
        id: row.id,
        purpose: AUTHORITY,
        algorithm: "P-256",
        kid: row.kid,
        public_key: row.public_key,
        sealed: row.sealed.ok_or_else(|| {
            Refusal::internal(anyhow::anyhow!("an active authority has no private part"))
        })?,
        seal_version: row.seal_version,
        certificate: row.certificate,
        chain: Vec::new(),
        active: true,
        created_by: None,
        created_at: row.created_at,
    })
}

/// Positive, 127 random bits (RFC 5280 §4.1.2.2).
fn serial(app: &App) -> [u8; 16] {
    let mut serial = [0; 16];
    serial.copy_from_slice(&app.random_bytes()[..16]);
    serial[0] = (serial[0] & 0x7f) | 0x40;
    serial
}
