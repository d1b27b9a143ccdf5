//! An approved achievement as an OpenBadgeCredential (1EdTech Open Badges 3.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{AchievementFacts, DefinitionFacts, EvidenceFacts};
use crate::credential::contexts;

pub(crate) const SCHEMA: &str =
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json";

/// The document of an achievement, ready for its proofs.
///
/// Every node whose class has an `id` gets one, so that the canonical form has no ambiguous blank node.
pub fn achievement_credential(facts: &AchievementFacts) -> Value {
    let results = results(facts);
    let mut document = json!({
        "@context": contexts::ACHIEVEMENT,
        "id": facts.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": facts.achievement.name,
        "issuer": super::issuer_profile(&facts.issuer),
        "validFrom": super::timestamp(facts.valid_from),
        "credentialSubject": subject(facts, &results),
        "evidence": evidence(facts),
        "credentialSchema": super::schema(SCHEMA),
        "credentialStatus": super::status_entry(&facts.status),
    });
    if let Some(day) = facts.awarded_on {
        document["awardedDate"] = json!(midnight(day));
    }
    document
}

/// A result and what it measures.
struct Outcome<'a> {
    key: &'a str,
    name: &'a str,
    value: &'a str,
}

fn results(facts: &AchievementFacts) -> Vec<Outcome<'_>> {
    let level = facts.level.as_deref().map(|value| Outcome { key: "level", name: "Level", value });
    let outcome =
        facts.outcome.as_deref().map(|value| Outcome { key: "outcome", name: "Outcome", value });
    let others = facts.results.iter().map(|result| Outcome {
        key: &result.key,
        name: &result.name,
        value: &result.value,
    });
    level.into_iter().chain(outcome).chain(others).collect()
}

fn subject(facts: &AchievementFacts, results: &[Outcome<'_>]) -> Value {
    let mut identifiers = vec![super::name_in_clear(&facts.subject_name)];
    if let Some(email) = &facts.subject_email {
        identifiers.push(json!({
            "type": "IdentityObject",
            "hashed": true,
            "identityHash": email.identity_hash(),
            "identityType": "emailAddress",
            "salt": email.salt,
        }));
    }
    let mut subject = json!({
        "id": facts.subject_id,
        "type": ["AchievementSubject"],
        "identifier": identifiers,
        "achievement": definition(&facts.achievement, results, &facts.issuer.did),
    });
    let members = members(&mut subject);
    put(members, "role", facts.role.as_deref());
    put_day(members, "activityStartDate", facts.activity_start);
    put_day(members, "activityEndDate", facts.activity_end);
    if !results.is_empty() {
        let list = results.iter().map(|result| {
            json!({
                "id": super::part_of(&facts.id, &format!("result-{}", result.key)),
                "type": ["Result"],
                "resultDescription": super::part_of(&facts.achievement.id, result.key),
                "value": result.value,
            })
        });
        members.insert("result".into(), list.collect());
    }
    subject
}

fn definition(facts: &DefinitionFacts, results: &[Outcome<'_>], creator: &str) -> Value {
    let criteria =
        facts.criteria_url.clone().unwrap_or_else(|| super::part_of(&facts.id, "criteria"));
    let mut achievement = json!({
        "id": facts.id,
        "type": ["Achievement"],
        "achievementType": facts.achievement_type,
        "creator": { "id": creator, "type": ["Profile"] },
        "name": facts.name,
        "description": facts.description,
        "criteria": { "id": criteria, "narrative": facts.criteria_narrative },
    });
    let members = members(&mut achievement);
    if !facts.tags.is_empty() {
        members.insert("tag".into(), json!(facts.tags));
    }
    if !facts.alignment.is_empty() {
        let list = facts.alignment.iter().enumerate().map(|(place, alignment)| {
            json!({
                "id": super::part_of(&facts.id, &format!("alignment-{}", place + 1)),
                "type": ["Alignment"],
                "targetFramework": alignment.framework,
                "targetCode": alignment.code,
                "targetName": alignment.name,
                "targetUrl": alignment.url,
            })
        });
        members.insert("alignment".into(), list.collect());
    }
    if !results.is_empty() {
        let list = results.iter().map(|result| {
            json!({
                "id": super::part_of(&facts.id, result.key),
                "type": ["ResultDescription"],
                "name": result.name,
                "resultType": "Result",
            })
        });
        members.insert("resultDescription".into(), list.collect());
    }
    achievement
}

fn evidence(facts: &AchievementFacts) -> Vec<Value> {
    let approval = &facts.approval;
    let by = match &approval.reviewer_name {
        Some(reviewer) => format!("Approved by {reviewer}, {}", approval.department),
        None => format!("Approved by {}", approval.department),
    };
    let approval = json!({
        "id": approval.id,
        "type": ["Evidence"],
        "name": "Approval",
        "genre": "Approval",
        "narrative": format!("{by}, on {}.", approval.approved_on),
    });
    facts.evidence.iter().map(file).chain([approval]).collect()
}

fn file(evidence: &EvidenceFacts) -> Value {
    let mut entry = json!({
        "id": evidence.id,
        "type": ["Evidence"],
        "name": evidence.name,
        "genre": evidence.genre,
        "digestSRI": format!("sha256-{}", STANDARD.encode(evidence.sha256)),
        "mediaType": evidence.media_type,
    });
    put(members(&mut entry), "description", evidence.description.as_deref());
    entry
}

fn members(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("built as an object above")
}

fn put(members: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        members.insert(name.into(), text.into());
    }
}

fn put_day(members: &mut Map<String, Value>, name: &str, day: Option<NaiveDate>) {
    if let Some(day) = day {
        // `activityStartDate` and its like are `DateTimeZ` in the JSON schema of Open Badges.
        members.insert(name.into(), midnight(day).into());
    }
}

fn midnight(day: NaiveDate) -> String {
    format!("{day}T00:00:00Z")
}
