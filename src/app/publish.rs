//! What anybody may read: DID documents, key histories, certificates, status lists, credentials at their addresses.

use data_encoding::BASE32_NOPAD;
use serde_json::Value;
use uuid::Uuid;

use super::authenticate::word;
use super::{App, Refusal, keys, portfolio};
use crate::credential::issuer::{self, KeyHistory, PublishedKey};
use crate::domain::ids::{CollegeId, CredentialId, PortfolioId};
use crate::storage::{CollegeRow, PublicKeyRow, TenantTx};

/// A status list with the tag that its bytes have.
#[derive(Clone, Debug)]
pub struct PublishedList {
    /// The signed list, exact JSON text.
    pub document: String,
    /// When it was signed.
    pub signed_at: chrono::DateTime<chrono::Utc>,
}

/// The DID document of a college (did:web).
pub async fn did_document(slug: &str, app: &App) -> Result<Value, Refusal> {
    let (college, rows) = published_keys(slug, app).await?;
    let credential_keys = rows.iter().filter(|key| key.purpose == keys::CREDENTIALS);
    let published: Result<Vec<PublishedKey>, Refusal> = credential_keys.map(published).collect();
    Ok(issuer::did_document(&app.public_url.did(&college.slug), &published?))
}

/// Every key a college ever published, with its life.
pub async fn key_history(slug: &str, app: &App) -> Result<Value, Refusal> {
    let (college, rows) = published_keys(slug, app).await?;
    let histories: Result<Vec<KeyHistory>, Refusal> = rows.into_iter().map(history).collect();
    Ok(issuer::keys_json(&app.public_url.did(&college.slug), &histories?))
}

/// The certificates of a college's document keys, with those above them that came from outside, and of its authority,
/// DER, newest last.
pub async fn certificates(slug: &str, app: &App) -> Result<Vec<Vec<u8>>, Refusal> {
    let (_, mut tx) = open(slug, app).await?;
    let keys = tx.public_keys().await?;
    tx.commit().await?;
    Ok(keys.into_iter().flat_map(|key| key.certificate.into_iter().chain(key.chain)).collect())
}

/// A status list as it was published last; `name` is `achievements-1`.
pub async fn status_list(slug: &str, name: &str, app: &App) -> Result<PublishedList, Refusal> {
    let (kind, number) = name.split_once('-').ok_or(Refusal::NotFound)?;
    let number: i32 = number.parse().map_err(|_| Refusal::NotFound)?;
    let (_, mut tx) = open(slug, app).await?;
    let list = tx.status_list(kind, number).await?;
    tx.commit().await?;
    let (document, signed_at) = list.ok_or(Refusal::NotFound)?;
    Ok(PublishedList { document, signed_at })
}

/// A credential at its public address: as it was issued, unless its student closed it.
pub async fn credential_document(slug: &str, id: Uuid, app: &App) -> Result<String, Refusal> {
    let (_, mut tx) = open(slug, app).await?;
    let document = match tx.credential(CredentialId(id)).await? {
        Some(row) => row.document.filter(|_| row.visibility != "closed"),
        // What software of the college had issued stands at the same kind of address.
        None => tx.service_document(CredentialId(id)).await?,
    };
    tx.commit().await?;
    document.ok_or(Refusal::NotFound)
}

/// A portfolio's credential at its public address.
pub async fn portfolio_document(slug: &str, id: Uuid, app: &App) -> Result<String, Refusal> {
    let (_, mut tx) = open(slug, app).await?;
    let row = tx.portfolio(PortfolioId(id)).await?;
    tx.commit().await?;
    Ok(row.ok_or(Refusal::NotFound)?.document)
}

/// The signed file of a portfolio at its public address.
pub async fn portfolio_file(slug: &str, id: Uuid, app: &App) -> Result<Vec<u8>, Refusal> {
    let (college, mut tx) = open(slug, app).await?;
    let row = tx.portfolio(PortfolioId(id)).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    portfolio::file_of(&row, CollegeId(college.id), app).await
}

/// The public key that access tokens are checked with, as a JWK set.
pub fn token_keys(app: &App) -> Value {
    app.access_tokens.jwks()
}

/// The id behind the short form of a credential's address: 26 characters of base32 (RFC 4648 §6), any case.
pub fn long_id(short: &str) -> Option<Uuid> {
    let bytes = BASE32_NOPAD.decode(short.to_ascii_uppercase().as_bytes()).ok()?;
    Uuid::from_slice(&bytes).ok()
}

async fn open(slug: &str, app: &App) -> Result<(CollegeRow, TenantTx), Refusal> {
    let college = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    let tx = app.database.tenant(CollegeId(college.id)).await?;
    Ok((college, tx))
}

async fn published_keys(slug: &str, app: &App) -> Result<(CollegeRow, Vec<PublicKeyRow>), Refusal> {
    let (college, mut tx) = open(slug, app).await?;
    let rows = tx.public_keys().await?;
    tx.commit().await?;
    Ok((college, rows))
}

fn published(key: &PublicKeyRow) -> Result<PublishedKey, Refusal> {
    Ok(PublishedKey {
        fragment: key.kid.clone(),
        public_key: keys::ed25519_public(&key.public_key)?,
        state: word(&key.state)?,
        revoked_since: key.compromised_since,
    })
}

fn history(key: PublicKeyRow) -> Result<KeyHistory, Refusal> {
    Ok(KeyHistory {
        fragment: key.kid,
        purpose: word(&key.purpose)?,
        public_key: key.public_key,
        state: word(&key.state)?,
        activated_at: key.activated_at,
        retired_at: key.retired_at,
        frozen_at: key.frozen_at,
        compromised_since: key.compromised_since,
        reason: key.compromised_reason,
    })
}
