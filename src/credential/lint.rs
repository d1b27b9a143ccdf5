//! What a draft must be before a key is touched, and what a document of this hub must be to be believed.

use std::fmt;

use serde_json::Value;

use super::digest::{jcs, sha256};
use super::parse::MAX_BYTES;
use super::proof::{self, Hashes, PrepareError, ProofOptions, ToBeSigned};
use super::rdf::{self, CanonicalizeError};
use super::reading::{is_address, is_iri, issuer_id, read_digest, read_time, status_entry};
use super::status_list;

pub use super::kind::Kind;

/// What the two proofs add to a draft, generously.
const ROOM_FOR_PROOFS: usize = 4096;

/// What a draft is held against.
#[derive(Clone, Debug)]
pub struct LintFacts {
    /// The DID of the college whose key is to sign.
    pub issuer_did: String,
    /// Which kind of document it is to be.
    pub kind: Kind,
}

/// A draft that was checked, with the hashes that its proofs sign: the only way to a college's key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Linted {
    document: Value,
    hashes: Hashes,
}

/// Check a draft before a key is touched.
pub fn lint(document: Value, expected: &LintFacts) -> Result<Linted, LintError> {
    if Kind::of(&document) != Some(expected.kind) {
        return Err(LintError::Type);
    }
    if document.get("proof").is_some() {
        return Err(LintError::Signed);
    }
    if issuer_id(&document) != Some(&expected.issuer_did) {
        return Err(LintError::Issuer);
    }
    let canonical = jcs(&document);
    if canonical.len() > MAX_BYTES - ROOM_FOR_PROOFS {
        return Err(LintError::TooLarge);
    }
    profile(&document, expected.kind)?;
    let hashes = Hashes { rdfc: rdf::draft_hash(&document)?, jcs: sha256(&canonical) };
    Ok(Linted { document, hashes })
}

impl Linted {
    /// The draft.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Work out what its two proofs sign.
    pub fn prepare(self, options: &ProofOptions) -> Result<ToBeSigned, PrepareError> {
        Ok(proof::to_be_signed(self.document, &self.hashes, options)?)
    }
}

/// Whether a document, signed or not, has exactly the form that this hub gives this kind.
pub(super) fn profile(document: &Value, kind: Kind) -> Result<(), LintError> {
    let expected = kind.contexts().iter().copied();
    let named = document.get("@context").and_then(Value::as_array).ok_or(LintError::Context)?;
    if !named.iter().map(Value::as_str).eq(expected.map(Some)) {
        return Err(LintError::Context);
    }
    if document["type"] != serde_json::json!(["VerifiableCredential", kind.class()]) {
        return Err(LintError::Type);
    }
    for name in ["id", "issuer", "validFrom", "credentialSubject"] {
        if document.get(name).is_none() {
            return Err(LintError::Missing(name));
        }
    }
    if !document["id"].as_str().is_some_and(is_address) {
        return Err(LintError::Id("/id".into()));
    }
    values(document, Path::Root)?;
    times(document)?;
    match kind {
        Kind::Achievement => achievement(document),
        Kind::Portfolio => portfolio(document),
        Kind::StatusList => list(document),
    }
}

/// Why a draft is not signed, or a document is not of our form.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LintError {
    /// `@context` is not exactly the list of this kind.
    #[error("the contexts are not exactly those of this kind of document")]
    Context,
    /// `type` is not exactly that of this kind.
    #[error("the type is not exactly that of this kind of document")]
    Type,
    /// There is a proof already.
    #[error("the draft has a proof already")]
    Signed,
    /// No verifier would read it, see [`super::parse`].
    #[error("the draft is longer than a verifier reads")]
    TooLarge,
    /// The issuer is another one.
    #[error("the issuer is not the college whose key would sign")]
    Issuer,
    /// A required member is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An id is missing, relative or malformed.
    #[error("the id at {0} is missing or malformed")]
    Id(String),
    /// A time is not UTC ending in `Z`, or ends before it begins.
    #[error("the time in {0} is not UTC or not in order")]
    Time(&'static str),
    /// A number is not an integer that every reader reads alike.
    #[error("the number at {0} is not a safe integer")]
    Number(String),
    /// A member is null or an empty object, which JSON-LD drops.
    #[error("the value at {0} is empty")]
    Empty(String),
    /// Text holds a control character, on whose escaping canonicalisers differ.
    #[error("the text at {0} holds a control character")]
    Text(String),
    /// The status entry is malformed or its index lies outside the list.
    #[error("the status entry is malformed or out of range")]
    Status,
    /// An evidence entry has no well-formed digest.
    #[error("evidence {0} has no well-formed digest or media type")]
    Evidence(usize),
    /// Evidence appears twice.
    #[error("evidence {0} appears twice")]
    DuplicateEvidence(usize),
    /// The subject is not of the form of this kind.
    #[error("the subject is malformed: {0}")]
    Subject(&'static str),
    /// The document has no canonical form.
    #[error(transparent)]
    Canonicalize(#[from] CanonicalizeError),
}

impl LintError {
    /// The machine word of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Context => "wrong_context",
            Self::Type => "wrong_type",
            Self::Signed => "already_signed",
            Self::TooLarge => "too_large",
            Self::Issuer => "wrong_issuer",
            Self::Missing(_) => "missing_member",
            Self::Id(_) => "malformed_id",
            Self::Time(_) => "malformed_time",
            Self::Number(_) => "unsafe_number",
            Self::Empty(_) => "empty_value",
            Self::Text(_) => "control_character",
            Self::Status => "malformed_status",
            Self::Evidence(_) => "malformed_evidence",
            Self::DuplicateEvidence(_) => "duplicate_evidence",
            Self::Subject(_) => "malformed_subject",
            Self::Canonicalize(error) => error.code(),
        }
    }
}

/// Largest integer that a double holds exactly (RFC 7493 §2.2).
const MAX_SAFE: u64 = (1 << 53) - 1;

/// The way to a value, from its end; written out only for a refusal.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => write!(formatter, "{parent}/{name}"),
            Self::Item(parent, place) => write!(formatter, "{parent}/{place}"),
        }
    }
}

/// Every value, but for what lies inside the signed credentials of a portfolio: those are checked one by one.
fn values(value: &Value, path: Path<'_>) -> Result<(), LintError> {
    match value {
        Value::Null => Err(LintError::Empty(path.to_string())),
        Value::Bool(_) => Ok(()),
        Value::Number(number) => match number.as_i64() {
            Some(integer) if integer.unsigned_abs() <= MAX_SAFE => Ok(()),
            Some(_) | None => Err(LintError::Number(path.to_string())),
        },
        Value::String(text) => {
            // Neither are U+FFFE and U+FFFF letters: canonical N-Quads escape them, and not every reader does so.
            let odd = |letter: char| {
                letter.is_control() && !"\n\r\t".contains(letter)
                    || matches!(letter, '\u{fffe}' | '\u{ffff}')
            };
            if text.contains(odd) { Err(LintError::Text(path.to_string())) } else { Ok(()) }
        }
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(place, item)| values(item, Path::Item(&path, place)))
        }
        Value::Object(members) if members.is_empty() => Err(LintError::Empty(path.to_string())),
        Value::Object(members) => {
            if members.get("id").is_some_and(|id| !id.as_str().is_some_and(is_iri)) {
                return Err(LintError::Id(format!("{path}/id")));
            }
            let mut members = members.iter().filter(|(name, _)| *name != "verifiableCredential");
            members.try_for_each(|(name, member)| values(member, Path::Member(&path, name)))
        }
    }
}

fn times(document: &Value) -> Result<(), LintError> {
    let from = read_time(&document["validFrom"]).ok_or(LintError::Time("validFrom"))?;
    if let Some(until) = document.get("validUntil") {
        let until = read_time(until).ok_or(LintError::Time("validUntil"))?;
        if until <= from {
            return Err(LintError::Time("validUntil"));
        }
    }
    if document.get("awardedDate").is_some_and(|time| read_time(time).is_none()) {
        return Err(LintError::Time("awardedDate"));
    }
    for name in ["activityStartDate", "activityEndDate"] {
        if document["credentialSubject"].get(name).is_some_and(|time| read_time(time).is_none()) {
            return Err(LintError::Time(name));
        }
    }
    Ok(())
}

fn achievement(document: &Value) -> Result<(), LintError> {
    let subject = &document["credentialSubject"];
    person(subject, "AchievementSubject")?;
    let achievement = subject.get("achievement").ok_or(LintError::Subject("no achievement"))?;
    for (name, reason) in [
        ("id", "an achievement without an id"),
        ("name", "an achievement without a name"),
        ("description", "an achievement without a description"),
    ] {
        if !achievement.get(name).is_some_and(Value::is_string) {
            return Err(LintError::Subject(reason));
        }
    }
    if !achievement["criteria"]["narrative"].is_string() {
        return Err(LintError::Subject("an achievement without criteria"));
    }
    status(document)?;
    evidence(document)
}

fn evidence(document: &Value) -> Result<(), LintError> {
    let entries =
        document.get("evidence").and_then(Value::as_array).ok_or(LintError::Missing("evidence"))?;
    for (place, entry) in entries.iter().enumerate() {
        if !entry["id"].is_string() {
            return Err(LintError::Id(format!("/evidence/{place}/id")));
        }
        if entries[..place].iter().any(|other| other["id"] == entry["id"]) {
            return Err(LintError::DuplicateEvidence(place));
        }
        let is_file = entry["genre"] != "Approval";
        if is_file && !(entry["mediaType"].is_string() && read_digest(entry).is_some()) {
            return Err(LintError::Evidence(place));
        }
    }
    Ok(())
}

fn portfolio(document: &Value) -> Result<(), LintError> {
    let subject = &document["credentialSubject"];
    person(subject, "ClrSubject")?;
    let inside = subject.get("verifiableCredential").and_then(Value::as_array);
    if inside.is_none_or(Vec::is_empty) {
        return Err(LintError::Subject("a portfolio without credentials"));
    }
    status(document)
}

fn status(document: &Value) -> Result<(), LintError> {
    let (list, index) = status_entry(document).ok_or(LintError::Status)?;
    if document["credentialStatus"]["id"] == format!("{list}#{index}").as_str() {
        Ok(())
    } else {
        Err(LintError::Status)
    }
}

fn person(subject: &Value, class: &str) -> Result<(), LintError> {
    if subject["type"] != serde_json::json!([class]) {
        return Err(LintError::Subject("another type"));
    }
    let id = subject["id"].as_str().and_then(|id| id.strip_prefix("urn:uuid:"));
    if id.is_none_or(|id| uuid::Uuid::try_parse(id).is_err()) {
        return Err(LintError::Id("/credentialSubject/id".into()));
    }
    Ok(())
}

fn list(document: &Value) -> Result<(), LintError> {
    if !document["issuer"].is_string() {
        return Err(LintError::Issuer);
    }
    if document.get("validUntil").is_none() {
        return Err(LintError::Missing("validUntil"));
    }
    let subject = &document["credentialSubject"];
    if subject["type"] != "BitstringStatusList" || subject["statusPurpose"] != "revocation" {
        return Err(LintError::Subject("not a revocation list"));
    }
    let encoded = subject["encodedList"].as_str().ok_or(LintError::Subject("no encoded list"))?;
    status_list::BitString::decode(encoded)
        .map(|_| ())
        .map_err(|_| LintError::Subject("an encoded list that cannot be read"))
}
