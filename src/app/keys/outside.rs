//! Certificates of authorities outside the hub for the key that signs files: with their own key, or for one made here.

use std::sync::LazyLock;

use serde_json::json;
use zeroize::Zeroizing;

use super::{Acting, DOCUMENTS, hold_for, make, moved, sign};
use crate::app::record::{Happening, record};
use crate::app::turns::Turns;
use crate::app::{App, Refusal};
use crate::domain::ids::KeyId;
use crate::domain::key::KeyState;
use crate::domain::key_life::KeyAction;
use crate::keystore::{KeyOwner, Pkcs12Error, read_pkcs12};
use crate::portfolio::import::{CheckChainError, check_chain, prepare_request, read_pem};
use crate::storage::{KeyRow, NewKey};

/// A file's password takes its time to try.
static TURNS: LazyLock<Turns> = LazyLock::new(Turns::for_this_machine);

/// Take key and certificates from a PKCS#12 file, as a key for files that waits to be put to use.
pub async fn import(
    file: Vec<u8>,
    password: String,
    acting: &Acting,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let (college, id) = (acting.college(), app.row_id());
    let password = Zeroizing::new(password);
    let reading = move || read_pkcs12(&file, &password);
    let read = TURNS.take(reading).await?.ok_or(Refusal::Busy)?.map_err(refuse_file)?;
    let owner = KeyOwner::College(college);
    let sealed = app.keystore.import(owner, id, &read).map_err(Refusal::internal)?;
    let checked = check_chain(read.certificates(), &sealed.public_key, app.now())
        .map_err(|error| refuse_chain("file", error))?;
    let mut tx = app.database.tenant(college).await?;
    tx.lock_keys(DOCUMENTS).await?;
    if tx.keys().await?.iter().any(|key| key.public_key == sealed.public_key) {
        return Err(Refusal::Conflict("The college has this key already, or had it once."));
    }
    let now = app.now();
    let new = NewKey {
        id,
        purpose: DOCUMENTS,
        algorithm: "P-256",
        kid: make::p256_kid(DOCUMENTS, &sealed.public_key, now),
        public_key: sealed.public_key,
        sealed: sealed.bytes,
        seal_version: i32::try_from(sealed.version).map_err(Refusal::internal)?,
        certificate: Some(checked.certificate),
        chain: checked.chain,
        active: false,
        created_by: acting.member(),
        created_at: now,
    };
    tx.insert_key(&new).await?;
    let facts = json!({ "purpose": DOCUMENTS, "kid": new.kid, "valid_until": checked.valid_until });
    let happening = Happening::in_college("key_imported", acting.facts(facts));
    record(happening, acting.actor(), &mut tx, app).await?;
    super::change::finish(id.into(), tx).await
}

/// A request for a certificate (PKCS#10, PEM) for a key that waits to be put to use, signed by it.
pub async fn request(id: KeyId, acting: &Acting, app: &App) -> Result<String, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let college = tx.own_college().await?;
    let key = tx.key_for_change(id).await?.ok_or(Refusal::NotFound)?;
    check_waits(&key)?;
    let request =
        prepare_request(&college.name, "IN", &key.public_key).map_err(Refusal::internal)?;
    let signatures = sign(&key, acting.college(), &[request.message()], app)?;
    let signature = signatures
        .first()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))?;
    tx.count_signatures(id, 1, app.now()).await?;
    tx.commit().await?;
    request.attach(signature).map_err(Refusal::internal)
}

/// Give a key that waits the certificate that an authority outside made for it, with those above it (PEM, any order).
pub async fn certify(
    id: KeyId,
    version: i64,
    certificates: &str,
    acting: &Acting,
    app: &App,
) -> Result<KeyRow, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    let key = hold_for(KeyAction::Activate, id, Some(version), &mut tx).await?;
    check_waits(&key)?;
    let refused = |error| refuse_chain("certificates", error);
    let certificates = read_pem(certificates).map_err(refused)?;
    let checked = check_chain(&certificates, &key.public_key, app.now()).map_err(refused)?;
    moved(tx.certify_key(id, key.version, &checked.certificate, &checked.chain).await?)?;
    let facts = json!({ "purpose": DOCUMENTS, "kid": key.kid, "valid_until": checked.valid_until });
    let happening = Happening::in_college("key_certified", acting.facts(facts));
    record(happening, acting.actor(), &mut tx, app).await?;
    super::change::finish(id, tx).await
}

fn check_waits(key: &KeyRow) -> Result<(), Refusal> {
    if key.purpose == DOCUMENTS && key.state == KeyState::Pending.as_str() {
        return Ok(());
    }
    Err(Refusal::Conflict(
        "Only a key for documents that was not put to use yet gets a certificate from outside: make one first.",
    ))
}

fn refuse_file(error: Pkcs12Error) -> Refusal {
    let (field, code) = match error {
        Pkcs12Error::Unreadable => ("file", "unreadable"),
        Pkcs12Error::Encryption => ("file", "encryption"),
        Pkcs12Error::Password => ("password", "wrong"),
        Pkcs12Error::NotOneKey => ("file", "not_one_key"),
        Pkcs12Error::KeyKind => ("file", "key_kind"),
    };
    Refusal::field(field, code, error.to_string())
}

fn refuse_chain(field: &'static str, error: CheckChainError) -> Refusal {
    let code = match error {
        CheckChainError::Unreadable => "unreadable",
        CheckChainError::NotOfThisKey => "not_of_this_key",
        CheckChainError::KeyKind => "key_kind",
        CheckChainError::Usage => "certificate_usage",
        CheckChainError::Validity => "certificate_validity",
        CheckChainError::NoChain => "no_chain",
        CheckChainError::TooLong => "chain_too_long",
        CheckChainError::BrokenChain => "broken_chain",
    };
    Refusal::field(field, code, error.to_string())
}
