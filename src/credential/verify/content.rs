//! What a report shows of a document: who, whom, what.

use serde_json::Value;

use super::{IssuerRecord, ReportContent, ReportEvidence, ReportIssuer, ReportSubject};
use crate::credential::issuer::host_of;
use crate::credential::lint::Kind;

/// The issuer: its name comes from the register, never from the document.
pub(super) fn issuer(did: &str, college: Option<&IssuerRecord>) -> Option<ReportIssuer> {
    if did.is_empty() {
        return None;
    }
    Some(ReportIssuer {
        did: did.to_owned(),
        domain: host_of(did).unwrap_or_default(),
        name: college.map(|college| college.name.clone()),
        slug: college.map(|college| college.slug.clone()),
        logo_url: college.and_then(|college| college.logo_url.clone()),
    })
}

/// The person: pseudonym and the name in clear.
pub(super) fn subject(document: &Value) -> Option<ReportSubject> {
    let subject = document.get("credentialSubject")?.as_object()?;
    let identifiers = subject.get("identifier").and_then(Value::as_array).into_iter().flatten();
    let name = identifiers
        .filter(|entry| entry["identityType"] == "name" && entry["hashed"] == false)
        .find_map(|entry| text(entry, "identityHash"));
    Some(ReportSubject { id: subject.get("id").and_then(Value::as_str).map(str::to_owned), name })
}

/// What it says.
pub(super) fn content(document: &Value, kind: Option<Kind>) -> Option<ReportContent> {
    match kind? {
        Kind::Achievement => Some(achievement(document)),
        Kind::Portfolio => Some(portfolio(document)),
        Kind::StatusList => None,
    }
}

fn achievement(document: &Value) -> ReportContent {
    let subject = &document["credentialSubject"];
    let definition = &subject["achievement"];
    let evidence = document.get("evidence").and_then(Value::as_array).into_iter().flatten();
    ReportContent {
        name: text(definition, "name").or_else(|| text(document, "name")).unwrap_or_default(),
        description: text(definition, "description"),
        achievement_type: text(definition, "achievementType"),
        valid_from: text(document, "validFrom"),
        criteria: text(&definition["criteria"], "narrative"),
        level: result(subject, "result-level"),
        role: text(subject, "role"),
        awarded_on: text(document, "awardedDate").map(|time| time.chars().take(10).collect()),
        evidence: evidence.filter(|entry| entry.get("digestSRI").is_some()).map(file).collect(),
        count: None,
    }
}

fn portfolio(document: &Value) -> ReportContent {
    ReportContent {
        name: text(document, "name").unwrap_or_default(),
        description: text(document, "description"),
        achievement_type: None,
        valid_from: text(document, "validFrom"),
        criteria: None,
        level: None,
        role: None,
        awarded_on: None,
        evidence: Vec::new(),
        count: u32::try_from(super::nested(document).count()).ok(),
    }
}

/// The value of one result, by the end of its address as the builder writes it.
fn result(subject: &Value, ending: &str) -> Option<String> {
    let results = subject.get("result").and_then(Value::as_array)?;
    let named = |entry: &&Value| text(entry, "id").is_some_and(|id| id.ends_with(ending));
    text(results.iter().find(named)?, "value")
}

fn file(entry: &Value) -> ReportEvidence {
    ReportEvidence {
        name: text(entry, "name").unwrap_or_default(),
        media_type: text(entry, "mediaType"),
        digest: text(entry, "digestSRI"),
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}
