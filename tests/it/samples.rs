//! A college, its keys, and documents as the hub issues them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ed25519_dalek::{Signer, SigningKey};
use hub::credential::build::{
    AchievementFacts, AlignmentFacts, ApprovalFacts, DefinitionFacts, EmailFacts, EvidenceFacts,
    IssuerFacts, PortfolioFacts, ResultFacts, StatusFacts, StatusListFacts, achievement_credential,
    portfolio_credential, status_list_credential,
};
use hub::credential::issuer::{did_web, key_fragment};
use hub::credential::lint::Kind;
use hub::credential::proof::{ProofOptions, prepare, record_hash};
use hub::credential::status_list::BitString;
use hub::credential::verify::{IssuerRecord, KeyRecord, Knowledge, RecordEntry, RecordStatus};
use hub::domain::key::{KeyPurpose, KeyState};
use serde_json::Value;
use uuid::Uuid;

/// When everything here was issued.
pub fn issued_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_607_200, 0).unwrap()
}

/// When everything here is verified.
pub fn now() -> DateTime<Utc> {
    issued_at() + TimeDelta::days(2)
}

/// A college with one key, seeded by a number.
pub struct College {
    pub slug: &'static str,
    pub name: &'static str,
    pub key: SigningKey,
}

pub fn anna() -> College {
    College {
        slug: "anna",
        name: "அண்ணா கல்லூரி (Anna College)",
        key: SigningKey::from_bytes(&[7; 32]),
    }
}

pub fn banaras() -> College {
    College {
        slug: "banaras",
        name: "काशी महाविद्यालय (Banaras College)",
        key: SigningKey::from_bytes(&[8; 32]),
    }
}

impl College {
    pub fn did(&self) -> String {
        did_web("hub.example", self.slug)
    }

    pub fn base(&self) -> String {
        format!("https://hub.example/colleges/{}", self.slug)
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    pub fn method(&self) -> String {
        format!("{}#{}", self.did(), key_fragment(&self.public_key(), issued_at()))
    }

    fn facts(&self) -> IssuerFacts {
        IssuerFacts {
            did: self.did(),
            name: self.name.into(),
            url: self.base(),
            aishe_code: Some("C-12345".into()),
        }
    }

    /// Sign as the hub does.
    pub fn sign(&self, document: &Value) -> Value {
        self.sign_as(document, self.method())
    }

    pub fn sign_as(&self, document: &Value, verification_method: String) -> Value {
        let options = ProofOptions { verification_method, created: issued_at() };
        let prepared = prepare(document, &options).unwrap();
        let signatures = prepared.messages().map(|message| self.key.sign(message).to_bytes());
        prepared.attach(&signatures, &self.public_key()).unwrap()
    }

    pub fn record(&self) -> IssuerRecord {
        IssuerRecord {
            did: self.did(),
            slug: self.slug.into(),
            name: self.name.into(),
            logo_url: None,
            suspended: false,
            keys: vec![KeyRecord {
                id: self.method(),
                public_key: self.public_key(),
                state: KeyState::Active,
                compromised_since: None,
                purpose: KeyPurpose::Credentials,
            }],
        }
    }

    /// The facts of an achievement; the number makes it another one.
    pub fn achievement_facts(&self, number: u32) -> AchievementFacts {
        let id = |kind: u32| Uuid::from_u128((u128::from(kind) << 64) | u128::from(number));
        let base = self.base();
        AchievementFacts {
            id: format!("{base}/credentials/{}", id(1)),
            issuer: self.facts(),
            subject_id: kavya(),
            subject_name: "கவ்யா சுப்பிரமணியன் (Kavya Subramanian)".into(),
            subject_email: Some(EmailFacts { sha256: [5; 32], salt: "b64salt".into() }),
            valid_from: issued_at(),
            status: StatusFacts {
                list_url: format!("{base}/status/achievements-1"),
                index: number,
            },
            achievement: DefinitionFacts {
                id: format!("{base}/achievements/{}", id(2)),
                name: format!("Smart India Hackathon, round {number}"),
                description:
                    "Built a \"water\" sensor \\ and showed it.\nSecond line — ₹5,000 prize 🏆"
                        .into(),
                achievement_type: "Award".into(),
                criteria_narrative: "Certificate seen; organiser confirmed.".into(),
                criteria_url: Some(format!("{base}/criteria/hackathon/3")),
                tags: vec!["IoT".into(), "Rust".into()],
                alignment: vec![AlignmentFacts {
                    framework: "NAAC".into(),
                    code: "5.3.1".into(),
                    name: "Awards for outstanding performance".into(),
                    url: "https://naac.example/5.3.1".into(),
                }],
            },
            role: Some("Team leader".into()),
            level: Some("national".into()),
            outcome: Some("winner".into()),
            results: vec![ResultFacts {
                key: "hours".into(),
                name: "Hours".into(),
                value: "36".into(),
            }],
            awarded_on: NaiveDate::from_ymd_opt(2025, 12, 20),
            activity_start: NaiveDate::from_ymd_opt(2025, 12, 19),
            activity_end: NaiveDate::from_ymd_opt(2025, 12, 20),
            evidence: vec![
                evidence(&id(3), "Certificate", [1; 32]),
                evidence(&id(4), "Photograph", [2; 32]),
            ],
            approval: ApprovalFacts {
                id: format!("urn:uuid:{}", id(5)),
                department: "Department of Computer Science".into(),
                approved_on: NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(),
                reviewer_name: None,
            },
        }
    }

    pub fn achievement(&self, number: u32) -> Value {
        self.sign(&achievement_credential(&self.achievement_facts(number)))
    }

    /// An unsigned portfolio around these credentials.
    pub fn portfolio_draft(&self, credentials: Vec<Value>) -> Value {
        let base = self.base();
        portfolio_credential(&PortfolioFacts {
            id: format!("{base}/portfolios/{}", Uuid::from_u128(9)),
            issuer: self.facts(),
            subject_id: kavya(),
            subject_name: "கவ்யா சுப்பிரமணியன் (Kavya Subramanian)".into(),
            name: "Portfolio of Kavya Subramanian".into(),
            description: "Achievements approved by the college.".into(),
            valid_from: issued_at(),
            status: StatusFacts { list_url: format!("{base}/status/portfolios-1"), index: 9 },
            partial: true,
            credentials,
        })
    }

    pub fn portfolio(&self, credentials: Vec<Value>) -> Value {
        self.sign(&self.portfolio_draft(credentials))
    }

    pub fn status_list(&self, revoked: &[u32]) -> Value {
        self.sign(&status_list_credential(&StatusListFacts {
            id: format!("{}/status/achievements-1", self.base()),
            issuer_did: self.did(),
            valid_from: issued_at(),
            valid_until: issued_at() + TimeDelta::days(7),
            encoded_list: BitString::with(revoked.iter().copied()).unwrap().encode(),
        }))
    }
}

pub fn kavya() -> String {
    "urn:uuid:0b5c9f52-4b7e-4a3c-9c59-0d4b6a6e2f10".into()
}

fn evidence(id: &Uuid, genre: &str, sha256: [u8; 32]) -> EvidenceFacts {
    EvidenceFacts {
        id: format!("https://hub.example/e/{id}"),
        name: format!("{genre}.pdf"),
        genre: genre.into(),
        description: None,
        sha256,
        media_type: "application/pdf".into(),
    }
}

/// What the hub knows: both colleges, and these documents with all that lies inside them on record.
pub fn knowledge(documents: &[&Value]) -> Knowledge {
    let mut knowledge = Knowledge::default();
    for college in [anna(), banaras()] {
        knowledge.issuers.insert(college.did(), college.record());
    }
    for document in documents {
        let inside = document["credentialSubject"]["verifiableCredential"].as_array();
        for one in std::iter::once(*document).chain(inside.into_iter().flatten()) {
            knowledge.records.insert(one["id"].as_str().unwrap().into(), entry(one));
        }
    }
    knowledge
}

pub fn entry(document: &Value) -> RecordEntry {
    RecordEntry {
        kind: Kind::of(document).unwrap(),
        generations: vec![record_hash(document)],
        status: RecordStatus::Active,
        recorded_at: issued_at(),
        witnessed_at: Vec::new(),
    }
}
