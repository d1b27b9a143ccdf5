//! From facts to documents: what is decided goes in, the JSON to be signed comes out.

mod achievement;
mod portfolio;
mod service;
mod status_list;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::digest::sha256;

pub use achievement::achievement_credential;
pub use portfolio::portfolio_credential;
pub use service::{CompleteDraftError, ServiceFacts, service_credential};
pub use status_list::status_list_credential;

/// The college that issues.
#[derive(Clone, Debug)]
pub struct IssuerFacts {
    /// `did:web:…`, see [`super::issuer::did_web`].
    pub did: String,
    /// Its name as registered.
    pub name: String,
    /// Its public page.
    pub url: String,
    /// Its code in the All India Survey on Higher Education, such as `C-12345`.
    pub aishe_code: Option<String>,
}

/// Where the revocation bit of a document stands.
#[derive(Clone, Debug)]
pub struct StatusFacts {
    /// Address of the status list credential.
    pub list_url: String,
    /// Position in the list, below [`super::status_list::BITS`].
    pub index: u32,
}

/// What an approved achievement says.
#[derive(Clone, Debug)]
pub struct AchievementFacts {
    /// The credential's public address, which is its `id`.
    pub id: String,
    /// Who issues.
    pub issuer: IssuerFacts,
    /// The student at this college: `urn:uuid:…`.
    pub subject_id: String,
    /// The student's name in clear, in any script.
    pub subject_name: String,
    /// A salted digest of the student's e-mail address, where the student opted in.
    pub subject_email: Option<EmailFacts>,
    /// From when it holds; stored with the approval, whole seconds.
    pub valid_from: DateTime<Utc>,
    /// Where its revocation bit stands.
    pub status: StatusFacts,
    /// What was achieved.
    pub achievement: DefinitionFacts,
    /// The student's part in it.
    pub role: Option<String>,
    /// How far it reached, such as `national`.
    pub level: Option<String>,
    /// How it ended, such as `winner`.
    pub outcome: Option<String>,
    /// Further results: hours, marks, rank. Numbers as text.
    pub results: Vec<ResultFacts>,
    /// The day it was awarded.
    pub awarded_on: Option<NaiveDate>,
    /// The first day of the activity.
    pub activity_start: Option<NaiveDate>,
    /// The last day of the activity.
    pub activity_end: Option<NaiveDate>,
    /// The files that show it.
    pub evidence: Vec<EvidenceFacts>,
    /// Who approved it.
    pub approval: ApprovalFacts,
}

/// A salted digest of an e-mail address; the salt lies beside it, so it can be guessed.
#[derive(Clone, Debug)]
pub struct EmailFacts {
    /// SHA-256 of the address followed by the salt.
    pub sha256: [u8; 32],
    /// The salt, printable.
    pub salt: String,
}

impl EmailFacts {
    /// The digest of an address and a salt, as Open Badges 3.0 has it (`IdentityObject`): SHA-256 of
    /// one after the other. The address is taken in small letters.
    pub fn new(address: &str, salt: &str) -> Self {
        let address = address.trim().to_lowercase();
        Self { sha256: sha256(format!("{address}{salt}").as_bytes()), salt: salt.to_owned() }
    }

    /// The digest as documents write it.
    pub(in crate::credential) fn identity_hash(&self) -> String {
        format!("sha256${}", hex::encode(self.sha256))
    }
}

/// What an achievement is, apart from who achieved it.
#[derive(Clone, Debug)]
pub struct DefinitionFacts {
    /// Its public address, which is its `id`.
    pub id: String,
    /// Its title.
    pub name: String,
    /// What was done.
    pub description: String,
    /// A word of Open Badges' list, or `ext:…`.
    pub achievement_type: String,
    /// What it takes, in words: the category and its checklist.
    pub criteria_narrative: String,
    /// Address of the published criteria.
    pub criteria_url: Option<String>,
    /// Skills and key words.
    pub tags: Vec<String>,
    /// Where it stands in frameworks, such as a NAAC metric.
    pub alignment: Vec<AlignmentFacts>,
}

/// One place in a framework.
#[derive(Clone, Debug)]
pub struct AlignmentFacts {
    /// The framework, such as `NAAC`.
    pub framework: String,
    /// Its code there, such as `5.3.1`.
    pub code: String,
    /// Its name there.
    pub name: String,
    /// Where it is described.
    pub url: String,
}

/// One result besides level and outcome.
#[derive(Clone, Debug)]
pub struct ResultFacts {
    /// A word for the address of the result, such as `hours`.
    pub key: String,
    /// What it measures, such as `Hours`.
    pub name: String,
    /// The value as text: signed data holds no floats.
    pub value: String,
}

/// One file that can be shared.
#[derive(Clone, Debug)]
pub struct EvidenceFacts {
    /// Its address; fetching it needs a share or a log-in.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is: `Certificate`, `Photograph`, `Document`.
    pub genre: String,
    /// What it shows.
    pub description: Option<String>,
    /// SHA-256 of what can be shared.
    pub sha256: [u8; 32],
    /// Its media type.
    pub media_type: String,
}

/// The approval that led to the credential.
#[derive(Clone, Debug)]
pub struct ApprovalFacts {
    /// `urn:uuid:…` of the decision.
    pub id: String,
    /// The department that approved.
    pub department: String,
    /// The day of the approval.
    pub approved_on: NaiveDate,
    /// The reviewer, where the college chose to name reviewers.
    pub reviewer_name: Option<String>,
}

/// What a portfolio says.
#[derive(Clone, Debug)]
pub struct PortfolioFacts {
    /// The portfolio's public address, which is its `id`.
    pub id: String,
    /// Who issues.
    pub issuer: IssuerFacts,
    /// The same `urn:uuid:…` as in every credential inside.
    pub subject_id: String,
    /// The student's name in clear.
    pub subject_name: String,
    /// Its title.
    pub name: String,
    /// What it holds, in a sentence.
    pub description: String,
    /// From when it holds, whole seconds.
    pub valid_from: DateTime<Utc>,
    /// Where its revocation bit stands.
    pub status: StatusFacts,
    /// Whether the student picked from what there was.
    pub partial: bool,
    /// The signed achievement credentials, whole.
    pub credentials: Vec<Value>,
}

/// What a status list says.
#[derive(Clone, Debug)]
pub struct StatusListFacts {
    /// The list's public address, which is its `id`.
    pub id: String,
    /// The college's DID.
    pub issuer_did: String,
    /// When it was made, whole seconds.
    pub valid_from: DateTime<Utc>,
    /// When it must be fetched anew; at most seven days after `valid_from`.
    pub valid_until: DateTime<Utc>,
    /// `u…`, see [`super::status_list::BitString::encode`].
    pub encoded_list: String,
}

/// The address of a part of something: a fragment, or a longer one where there is one already.
fn part_of(id: &str, name: &str) -> String {
    let joint = if id.contains('#') { '-' } else { '#' };
    format!("{id}{joint}{name}")
}

/// A time as every document writes it: UTC, whole seconds, `Z`.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn issuer_profile(issuer: &IssuerFacts) -> Value {
    let mut profile = json!({
        "id": issuer.did,
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.url,
    });
    if let Some(code) = &issuer.aishe_code {
        profile["otherIdentifier"] = json!([{
            "type": "IdentifierEntry",
            "identifier": code,
            "identifierType": "ext:AISHECode",
        }]);
    }
    profile
}

fn name_in_clear(name: &str) -> Value {
    json!({
        "type": "IdentityObject",
        "hashed": false,
        "identityHash": name,
        "identityType": "name",
    })
}

fn status_entry(status: &StatusFacts) -> Value {
    json!({
        "id": format!("{}#{}", status.list_url, status.index),
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": status.index.to_string(),
        "statusListCredential": status.list_url,
    })
}

/// `credentialSchema`: where 1EdTech publishes the JSON schema of the class.
fn schema(url: &str) -> Value {
    json!([{ "id": url, "type": "1EdTechJsonSchemaValidator2019" }])
}
