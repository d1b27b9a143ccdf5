//! A college with a key, and documents as it issues them: what is measured.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use uuid::Uuid;

use crate::credential::build::{
    AchievementFacts, ApprovalFacts, DefinitionFacts, EvidenceFacts, IssuerFacts, PortfolioFacts,
    ResultFacts, StatusFacts, StatusListFacts, achievement_credential, portfolio_credential,
    status_list_credential,
};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::{ProofOptions, record_hash};
use crate::credential::status_list::BitString;
use crate::credential::verify::{IssuerRecord, KeyRecord, Knowledge, RecordEntry, RecordStatus};
use crate::domain::key::{KeyPurpose, KeyState};

const DID: &str = "did:web:hub.example:colleges:anna";
const BASE: &str = "https://hub.example/colleges/anna";

/// A college whose key everybody knows.
pub struct Sample {
    key: SigningKey,
}

impl Sample {
    /// The same one every time.
    #[expect(clippy::new_without_default, reason = "it stands for one college, not for a default")]
    pub fn new() -> Self {
        Self { key: SigningKey::from_bytes(&[7; 32]) }
    }

    /// Its key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// When all its documents were issued.
    pub fn issued_at(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_458)
    }

    /// An approved achievement, about three kilobytes when signed.
    pub fn facts(&self, number: u32) -> AchievementFacts {
        let id = |kind: u32| Uuid::from_u128((u128::from(kind) << 64) | u128::from(number));
        let credential = format!("{BASE}/credentials/{}", id(1));
        let day = NaiveDate::from_ymd_opt(2025, 12, 20);
        AchievementFacts {
            issuer: issuer(),
            subject_id: "urn:uuid:0b5c9f52-4b7e-4a3c-9c59-0d4b6a6e2f10".into(),
            subject_name: "கவ்யா சுப்பிரமணியன் (Kavya Subramanian)".into(),
            subject_email: None,
            valid_from: self.issued_at(),
            status: StatusFacts {
                list_url: format!("{BASE}/status/achievements-1"),
                index: number,
            },
            achievement: DefinitionFacts {
                id: format!("{credential}#achievement"),
                name: "Smart India Hackathon".into(),
                description: "A low-cost sensor for drinking water, shown in the final round."
                    .into(),
                achievement_type: "Award".into(),
                criteria_narrative: "Certificate seen; the organiser has confirmed it.".into(),
                criteria_url: None,
                tags: vec!["Hackathons".into(), "Embedded systems".into()],
                alignment: Vec::new(),
            },
            role: Some("Team leader".into()),
            level: Some("national".into()),
            outcome: Some("winner".into()),
            results: vec![ResultFacts {
                key: "hours".into(),
                name: "Hours".into(),
                value: "36".into(),
            }],
            awarded_on: day,
            activity_start: day,
            activity_end: day,
            evidence: vec![EvidenceFacts {
                id: format!("https://hub.example/e/{}", id(3).simple()),
                name: "Certificate.pdf".into(),
                genre: "Document".into(),
                description: None,
                sha256: [1; 32],
                media_type: "application/pdf".into(),
            }],
            approval: ApprovalFacts {
                id: format!("urn:uuid:{}", id(5)),
                department: "Department of Computer Science".into(),
                approved_on: day.unwrap_or_default(),
                reviewer_name: None,
            },
            id: credential,
        }
    }

    /// From facts to a signed document: lint, both proofs, and the strict check of both.
    pub fn issue(&self, facts: &AchievementFacts) -> anyhow::Result<Value> {
        self.sign(achievement_credential(facts), Kind::Achievement)
    }

    /// A signed portfolio of so many achievements.
    pub fn portfolio(&self, count: u32) -> anyhow::Result<Value> {
        let credentials: anyhow::Result<Vec<Value>> =
            (1..=count).map(|number| self.issue(&self.facts(number))).collect();
        let draft = portfolio_credential(&PortfolioFacts {
            id: format!("{BASE}/portfolios/{}", Uuid::from_u128(9)),
            issuer: issuer(),
            subject_id: self.facts(1).subject_id,
            subject_name: self.facts(1).subject_name,
            name: "Portfolio of Kavya Subramanian".into(),
            description: "Achievements approved by the college.".into(),
            valid_from: self.issued_at(),
            status: StatusFacts { list_url: format!("{BASE}/status/portfolios-1"), index: 9 },
            partial: false,
            credentials: credentials?,
        });
        self.sign(draft, Kind::Portfolio)
    }

    /// A signed status list with so many bits set.
    pub fn status_list(&self, bits: u32) -> anyhow::Result<Value> {
        let draft = status_list_credential(&StatusListFacts {
            id: format!("{BASE}/status/achievements-1"),
            issuer_did: DID.into(),
            valid_from: self.issued_at(),
            valid_until: self.issued_at() + TimeDelta::days(7),
            encoded_list: BitString::with((0..bits).map(|bit| bit * 37))?.encode(),
        });
        self.sign(draft, Kind::StatusList)
    }

    fn sign(&self, draft: Value, kind: Kind) -> anyhow::Result<Value> {
        let options = ProofOptions { verification_method: method(), created: self.issued_at() };
        let linted = lint(draft, &LintFacts { issuer_did: DID.into(), kind })?;
        let prepared = linted.prepare(&options)?;
        let signatures = prepared.messages().map(|message| self.key.sign(message).to_bytes());
        Ok(prepared.attach(&signatures, &self.key.verifying_key().to_bytes())?)
    }

    /// What a hub knows of the college and of these documents, with all that lies inside them.
    pub fn knowledge(&self, documents: &[&Value]) -> Knowledge {
        let mut knowledge = Knowledge::default();
        let key = KeyRecord {
            id: method(),
            public_key: self.key.verifying_key().to_bytes(),
            state: KeyState::Active,
            compromised_since: None,
            purpose: KeyPurpose::Credentials,
        };
        let record = IssuerRecord {
            did: DID.into(),
            slug: "anna".into(),
            name: "Anna College".into(),
            logo_url: None,
            suspended: false,
            keys: vec![key],
        };
        knowledge.issuers.insert(DID.into(), record);
        for document in documents {
            let inside = document["credentialSubject"]["verifiableCredential"].as_array();
            for one in std::iter::once(*document).chain(inside.into_iter().flatten()) {
                let entry = RecordEntry {
                    kind: Kind::of(one).unwrap_or(Kind::Achievement),
                    generations: vec![record_hash(one)],
                    status: RecordStatus::Active,
                    recorded_at: self.issued_at(),
                    witnessed_at: vec![None],
                };
                knowledge.records.insert(one["id"].as_str().unwrap_or_default().into(), entry);
            }
        }
        knowledge
    }
}

fn issuer() -> IssuerFacts {
    IssuerFacts {
        did: DID.into(),
        name: "அண்ணா கல்லூரி (Anna College)".into(),
        url: BASE.into(),
        aishe_code: Some("C-12345".into()),
    }
}

fn method() -> String {
    format!("{DID}#key-2026-01-8d20e7")
}
