//! The rules of the Verifiable Credentials Data Model, 2.0 and 1.1, on the JSON of a document.
//!
//! What the JSON-LD reading has to say of it (terms without a meaning, protected terms) comes besides, from `rdf`.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Flaw, FlawKind, related, status};
use crate::credential::contexts::{CREDENTIALS_V1, CREDENTIALS_V2};
use crate::credential::reading::is_iri;

/// Which version of the data model a document follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Version {
    /// 1.1, which some suites still issue.
    V1,
    /// 2.0.
    V2,
}

/// Members whose objects carry a type (VC Data Model 2.0 §4.5).
const TYPED: [&str; 5] =
    ["credentialStatus", "termsOfUse", "evidence", "refreshService", "credentialSchema"];
/// Keywords of JSON-LD that may stand in a document.
const KEYWORDS: [&str; 6] = ["@context", "@value", "@language", "@direction", "@type", "@id"];

/// Whether a credential, signed or not, keeps the rules.
pub(super) fn credential(document: &Value) -> Result<Version, Flaw> {
    let members = object(document, "the credential")?;
    let version = version(members)?;
    types(members, "VerifiableCredential")?;
    everywhere(document)?;
    issuer(members.get("issuer").ok_or_else(|| Flaw::malformed("`issuer` is missing"))?)?;
    names(members, "")?;
    subjects(members)?;
    for name in TYPED {
        typed(members, name)?;
    }
    for schema in objects(members.get("credentialSchema")) {
        if schema.get("id").is_none() {
            return Err(Flaw::malformed("`credentialSchema` has no `id`"));
        }
    }
    period(members, version)?;
    status::well_formed(document)?;
    related::well_formed(members.get("relatedResource"))?;
    Ok(version)
}

/// Whether a presentation keeps the rules; its credentials are looked at one by one.
pub(super) fn presentation(document: &Value) -> Result<(), Flaw> {
    let members = object(document, "the presentation")?;
    version(members)?;
    types(members, "VerifiablePresentation")?;
    everywhere(document)?;
    if let Some(holder) = members.get("holder") {
        identified(holder, "holder")?;
    }
    for credential in objects_of(members, "verifiableCredential")? {
        object(credential, "`verifiableCredential`")?;
    }
    typed(members, "termsOfUse")
}

/// The id of a thing that is written as an address or as an object with one.
pub(super) fn id_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("id")?.as_str())
}

/// The items of a member that may hold one object or several.
pub(super) fn objects(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
}

/// A time with its offset (XML Schema 1.1 `dateTimeStamp`).
pub(super) fn time_stamp(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:T.Z+".contains(&byte));
    let time = DateTime::parse_from_rfc3339(text).ok().filter(|_| plain)?;
    Some(time.to_utc())
}

/// The names in a `type`.
pub(super) fn type_names(value: Option<&Value>) -> impl Iterator<Item = &str> {
    objects(value).iter().filter_map(Value::as_str)
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Flaw> {
    value.as_object().ok_or_else(|| Flaw::malformed(format!("{what} is not an object")))
}

fn version(members: &Map<String, Value>) -> Result<Version, Flaw> {
    let contexts = members
        .get("@context")
        .and_then(Value::as_array)
        .ok_or_else(|| Flaw::malformed("`@context` is missing or not an array"))?;
    match contexts.first().and_then(Value::as_str) {
        Some(CREDENTIALS_V2) => Ok(Version::V2),
        Some(CREDENTIALS_V1) => Ok(Version::V1),
        _ => Err(Flaw::malformed(format!("the first context is not {CREDENTIALS_V2}"))),
    }
}

fn types(members: &Map<String, Value>, required: &str) -> Result<(), Flaw> {
    named_types(members, "the document")?;
    if type_names(members.get("type")).any(|name| name == required) {
        Ok(())
    } else {
        Err(Flaw::malformed(format!("`type` does not hold {required}")))
    }
}

fn named_types(members: &Map<String, Value>, what: &str) -> Result<(), Flaw> {
    let names = objects(members.get("type"));
    let plain = |name: &Value| name.as_str().is_some_and(|name| !name.is_empty());
    if names.is_empty() || !names.iter().all(plain) {
        return Err(Flaw::malformed(format!("`type` of {what} is missing or not text")));
    }
    Ok(())
}

/// Rules that hold wherever something stands: identifiers are addresses (§4.4), no value is null, which JSON-LD
/// leaves out, and no keyword changes what is read.
fn everywhere(value: &Value) -> Result<(), Flaw> {
    match value {
        Value::Null => Err(Flaw::malformed("a value is null")),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        Value::Array(items) => items.iter().try_for_each(everywhere),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            match name.as_str() {
                "@context" => return Ok(()),
                "id" | "@id" if !member.as_str().is_some_and(is_iri) => {
                    return Err(Flaw::malformed("an `id` is not one absolute address"));
                }
                keyword if keyword.starts_with('@') && !KEYWORDS.contains(&keyword) => {
                    return Err(Flaw::malformed(format!(
                        "`{keyword}` may not stand in a document"
                    )));
                }
                _ => {}
            }
            everywhere(member)
        }),
    }
}

fn identified(value: &Value, name: &str) -> Result<(), Flaw> {
    match id_of(value) {
        Some(id) if is_iri(id) => Ok(()),
        _ => Err(Flaw::malformed(format!("`{name}` is neither an address nor an object with one"))),
    }
}

fn issuer(issuer: &Value) -> Result<(), Flaw> {
    identified(issuer, "issuer")?;
    match issuer.as_object() {
        Some(members) => names(members, "issuer "),
        None => Ok(()),
    }
}

/// `name` and `description`: text, or text with its language (§4.6, §11.1).
fn names(members: &Map<String, Value>, of: &str) -> Result<(), Flaw> {
    for name in ["name", "description"] {
        let Some(value) = members.get(name) else { continue };
        if objects(Some(value)).is_empty() || !objects(Some(value)).iter().all(is_text) {
            return Err(Flaw::malformed(format!(
                "{of}`{name}` is neither text nor text with its language"
            )));
        }
    }
    Ok(())
}

fn is_text(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Object(members) => {
            members.get("@value").is_some_and(Value::is_string)
                && members.iter().all(|(name, value)| match name.as_str() {
                    "@value" => true,
                    "@language" => value.is_string(),
                    "@direction" => value == "ltr" || value == "rtl",
                    _ => false,
                })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    }
}

fn subjects(members: &Map<String, Value>) -> Result<(), Flaw> {
    let subjects = objects(members.get("credentialSubject"));
    let claims = |subject: &Value| subject.as_object().is_some_and(|members| !members.is_empty());
    if subjects.is_empty() || !subjects.iter().all(claims) {
        return Err(Flaw::malformed("`credentialSubject` is missing, or says nothing"));
    }
    Ok(())
}

fn typed(members: &Map<String, Value>, name: &str) -> Result<(), Flaw> {
    for item in objects_of(members, name)? {
        named_types(object(item, &format!("`{name}`"))?, &format!("`{name}`"))?;
    }
    Ok(())
}

/// The objects of a member; an empty list of something that must be one or more is refused but where it means none.
fn objects_of<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], Flaw> {
    let found = objects(members.get(name));
    if members.contains_key(name) && found.is_empty() && name != "verifiableCredential" {
        return Err(Flaw::malformed(format!("`{name}` is empty")));
    }
    Ok(found)
}

fn period(members: &Map<String, Value>, version: Version) -> Result<(), Flaw> {
    let (from, until) = match version {
        Version::V2 => ("validFrom", "validUntil"),
        Version::V1 => ("issuanceDate", "expirationDate"),
    };
    let read = |name: &str| match members.get(name) {
        Some(value) => time_stamp(value).map(Some).ok_or_else(|| {
            Flaw::malformed(format!("`{name}` is not a date and time with its offset"))
        }),
        None => Ok(None),
    };
    match (read(from)?, read(until)?) {
        (None, _) if version == Version::V1 => Err(Flaw::malformed("`issuanceDate` is missing")),
        (Some(from), Some(until)) if until < from => {
            Err(Flaw::new(FlawKind::Range, "the credential ends before it begins"))
        }
        _ => Ok(()),
    }
}

/// From when to when a credential says that it holds.
pub(super) fn validity(document: &Value) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let time = |names: [&str; 2]| {
        names.into_iter().find_map(|name| document.get(name)).and_then(time_stamp)
    };
    (time(["validFrom", "issuanceDate"]), time(["validUntil", "expirationDate"]))
}
