//! Signing many documents: check, sign as one batch, check the signatures, keep.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::app::compute::compute;
use crate::app::{App, Refusal, keys, measure, status_lists};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::{self, ProofOptions, ToBeSigned};
use crate::domain::ids::CredentialId;
use crate::storage::{CollegeRow, KeyRow, NewRecord, SignedDocument, TenantTx};

/// Where the credentials of a chunk come from, and so in which table they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From approved achievements.
    Approval,
    /// Software of the college had them issued.
    Service,
}

/// A document that is to be signed.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// Its credential, held in this transaction.
    pub(crate) credential: CredentialId,
    /// Which issue of it.
    pub(crate) generation: i32,
    /// `created` of its proofs, whole seconds.
    pub(crate) created: DateTime<Utc>,
    /// Without proofs.
    pub(crate) document: Value,
}

/// A document that no key should sign.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Its credential.
    pub(crate) credential: CredentialId,
    /// A machine word.
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) detail: String,
}

/// What came of signing many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    /// What was signed and kept, with its generation.
    pub(crate) issued: Vec<(CredentialId, i32)>,
    /// What never reached the key. Nothing of it was changed.
    pub(crate) faulty: Vec<Fault>,
}

/// Sign these documents with a key that is held, keep them and note them for good. A document with a fault does not
/// sink the others.
///
/// # Errors
/// What is not the fault of a document: the database, the key.
pub(crate) async fn sign_all(
    drafts: Vec<Draft>,
    origin: Origin,
    key: &KeyRow,
    college: &CollegeRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Signed, Refusal> {
    let did = app.public_url.did(&college.slug);
    let method = format!("{did}#{}", key.kid);
    let mut signed = Signed::default();
    let mut ready = Vec::with_capacity(drafts.len());
    for outcome in compute(drafts, |draft| prepare(draft, &did, &method)) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(fault) => signed.faulty.push(fault),
        }
    }
    if ready.is_empty() {
        return Ok(signed);
    }

    let messages: Vec<&[u8]> = ready.iter().flat_map(|one| one.prepared.messages()).collect();
    let signatures = keys::sign(key, tx.college(), &messages, app)?;
    all(signatures.len() as u64, messages.len())?;

    let public_key = keys::ed25519_public(&key.public_key)?;
    let pairs: Result<Vec<_>, Refusal> = signatures.chunks(2).map(status_lists::pair).collect();
    let work: Vec<(Ready, [[u8; 64]; 2])> = ready.into_iter().zip(pairs?).collect();
    let mut documents = Vec::with_capacity(work.len());
    let mut records = Vec::with_capacity(work.len());
    for outcome in compute(work, |(one, pair)| attach(one, &pair, &public_key)) {
        let (document, record) = outcome?;
        documents.push(document);
        records.push(record);
    }
    let now = app.now();
    let kept = match origin {
        Origin::Approval => tx.keep_signed(key.id.into(), &documents, now).await?,
        Origin::Service => tx.keep_service_signed(key.id.into(), &documents, now).await?,
    };
    all(kept, documents.len())?;
    let count = i64::try_from(documents.len()).map_err(Refusal::internal)?;
    tx.count_signatures(key.id.into(), 2 * count, now).await?;
    // Last: whoever notes documents of this college waits for it until the transaction ends.
    tx.record_issues(&records, now).await?;
    measure::count_signed(origin, documents.len());
    signed.issued = documents.iter().map(|one| (one.credential, one.generation)).collect();
    Ok(signed)
}

/// A document that passed.
struct Ready {
    credential: CredentialId,
    generation: i32,
    prepared: ToBeSigned,
}

fn prepare(draft: Draft, did: &str, method: &str) -> Result<Ready, Fault> {
    let Draft { credential, generation, created, document } = draft;
    let fault = |code, detail: String| Fault { credential, code, detail };
    let facts = LintFacts { issuer_did: did.to_owned(), kind: Kind::Achievement };
    let linted = lint(document, &facts).map_err(|error| fault(error.code(), error.to_string()))?;
    let options = ProofOptions { verification_method: method.to_owned(), created };
    let prepared =
        linted.prepare(&options).map_err(|error| fault("no_canonical_form", error.to_string()))?;
    Ok(Ready { credential, generation, prepared })
}

/// A signature that does not hold is the key's fault, and nothing of the chunk is kept.
fn attach(
    one: Ready,
    signatures: &[[u8; 64]; 2],
    public_key: &[u8; 32],
) -> Result<(SignedDocument, NewRecord), Refusal> {
    let to_be_signed = one.prepared.to_bytes();
    let signed = one.prepared.attach(signatures, public_key).map_err(Refusal::internal)?;
    let record = NewRecord {
        document: one.credential.0,
        generation: one.generation,
        kind: "achievement",
        record_hash: proof::record_hash(&signed),
    };
    let document = SignedDocument {
        credential: one.credential,
        generation: one.generation,
        to_be_signed,
        document: signed.to_string(),
    };
    Ok((document, record))
}

/// What was held in this transaction cannot have changed: anything else is an error of the program.
fn all(done: u64, expected: usize) -> Result<(), Refusal> {
    if done == expected as u64 {
        Ok(())
    } else {
        Err(Refusal::internal(anyhow::anyhow!("{done} of {expected} held credentials moved")))
    }
}
