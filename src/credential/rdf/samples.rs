//! One document of each kind that has every member the builders can write.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::credential::build::{
    AchievementFacts, AlignmentFacts, ApprovalFacts, DefinitionFacts, EmailFacts, EvidenceFacts,
    IssuerFacts, PortfolioFacts, ResultFacts, StatusFacts, StatusListFacts, achievement_credential,
    portfolio_credential, status_list_credential,
};
use crate::credential::contexts;

const WORD: &str = "word";
const ADDRESS: &str = "https://hub.example/address";

/// The samples: the three kinds of documents, and the options of an rdfc proof on each.
pub(super) fn all() -> Vec<Value> {
    let options =
        [json!(contexts::ACHIEVEMENT), json!(contexts::PORTFOLIO), json!(contexts::STATUS_LIST)]
            .map(|context| {
                let mut options = proof("eddsa-rdfc-2022");
                options["@context"] = context;
                options
            });
    [achievement(), portfolio(), status_list()].into_iter().chain(options).collect()
}

fn achievement() -> Value {
    achievement_credential(&AchievementFacts {
        id: ADDRESS.into(),
        issuer: issuer(),
        subject_id: ADDRESS.into(),
        subject_name: WORD.into(),
        subject_email: Some(EmailFacts { sha256: [0; 32], salt: WORD.into() }),
        valid_from: time(),
        status: status(),
        achievement: DefinitionFacts {
            id: ADDRESS.into(),
            name: WORD.into(),
            description: WORD.into(),
            achievement_type: WORD.into(),
            criteria_narrative: WORD.into(),
            criteria_url: Some(ADDRESS.into()),
            tags: vec![WORD.into()],
            alignment: vec![AlignmentFacts {
                framework: WORD.into(),
                code: WORD.into(),
                name: WORD.into(),
                url: ADDRESS.into(),
            }],
        },
        role: Some(WORD.into()),
        level: None,
        outcome: None,
        results: vec![ResultFacts { key: WORD.into(), name: WORD.into(), value: WORD.into() }],
        awarded_on: Some(NaiveDate::default()),
        activity_start: Some(NaiveDate::default()),
        activity_end: Some(NaiveDate::default()),
        evidence: vec![EvidenceFacts {
            id: ADDRESS.into(),
            name: WORD.into(),
            genre: WORD.into(),
            description: Some(WORD.into()),
            sha256: [0; 32],
            media_type: WORD.into(),
        }],
        approval: ApprovalFacts {
            id: ADDRESS.into(),
            department: WORD.into(),
            approved_on: NaiveDate::default(),
            reviewer_name: None,
        },
    })
}

fn portfolio() -> Value {
    let mut inside = achievement();
    let mut jcs = proof("eddsa-jcs-2022");
    jcs["@context"] = inside["@context"].clone();
    inside["proof"] = json!([proof("eddsa-rdfc-2022"), jcs]);
    for one in inside["proof"].as_array_mut().into_iter().flatten() {
        one["proofValue"] = WORD.into();
    }
    portfolio_credential(&PortfolioFacts {
        id: ADDRESS.into(),
        issuer: issuer(),
        subject_id: ADDRESS.into(),
        subject_name: WORD.into(),
        name: WORD.into(),
        description: WORD.into(),
        valid_from: time(),
        status: status(),
        partial: true,
        credentials: vec![inside],
    })
}

fn status_list() -> Value {
    status_list_credential(&StatusListFacts {
        id: ADDRESS.into(),
        issuer_did: ADDRESS.into(),
        valid_from: time(),
        valid_until: time(),
        encoded_list: WORD.into(),
    })
}

fn proof(suite: &str) -> Value {
    json!({
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "1970-01-01T00:00:00Z",
        "verificationMethod": ADDRESS,
        "proofPurpose": "assertionMethod",
    })
}

fn issuer() -> IssuerFacts {
    IssuerFacts {
        did: ADDRESS.into(),
        name: WORD.into(),
        url: ADDRESS.into(),
        aishe_code: Some(WORD.into()),
    }
}

fn status() -> StatusFacts {
    StatusFacts { list_url: ADDRESS.into(), index: 0 }
}

fn time() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}
