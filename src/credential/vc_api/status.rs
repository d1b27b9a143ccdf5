//! Bitstring status lists of anybody (W3C Bitstring Status List 1.0).

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::model::{self, id_of, objects, type_names};
use super::proofs::{self, Expected};
use super::{Flaw, FlawKind};
use crate::credential::rdf;
use crate::credential::reading::is_iri;

/// The least a list may hold, in octets (§3.1): 131,072 bits.
const LEAST: usize = 16 * 1024;
/// The most that is unfolded.
const MOST: usize = 4 * 1024 * 1024;

/// An entry for a list's position, with the members that every entry has.
pub fn entry(list: &str, index: u32, purpose: &str) -> Value {
    json!({
        "id": format!("{list}#{index}"),
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": index.to_string(),
        "statusListCredential": list,
    })
}

/// Whether the entries of a credential, and the list in one, keep the rules of §2.
pub(super) fn well_formed(document: &Value) -> Result<(), Flaw> {
    for value in entries(document) {
        read(value)?;
    }
    if type_names(document.get("type")).any(|name| name == "BitstringStatusListCredential") {
        for subject in objects(document.get("credentialSubject")) {
            list_subject(subject)?;
        }
    }
    Ok(())
}

/// What the status of a credential comes to: flaws, and what could not be looked up.
pub(super) fn check(
    document: &Value,
    lists: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> Vec<Flaw> {
    entries(document).filter_map(|value| check_entry(document, value, lists, now).err()).collect()
}

/// Whether a credential has entries of this kind.
pub(super) fn has_entries(document: &Value) -> bool {
    entries(document).next().is_some()
}

/// A well-formed entry.
struct Entry<'a> {
    list: &'a str,
    index: u64,
    purpose: &'a str,
    size: u64,
}

fn entries(document: &Value) -> impl Iterator<Item = &Value> {
    objects(document.get("credentialStatus")).iter().filter(|entry| {
        type_names(entry.get("type")).any(|name| name == "BitstringStatusListEntry")
    })
}

fn read(entry: &Value) -> Result<Entry<'_>, Flaw> {
    let malformed =
        |what: &str| Flaw::malformed(format!("the status entry has no well-formed `{what}`"));
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let purpose = text("statusPurpose").ok_or_else(|| malformed("statusPurpose"))?;
    let digits = text("statusListIndex").ok_or_else(|| malformed("statusListIndex"))?;
    let index: u64 = digits
        .parse()
        .ok()
        .filter(|index: &u64| index.to_string() == digits)
        .ok_or_else(|| malformed("statusListIndex"))?;
    let list = text("statusListCredential")
        .filter(|list| is_iri(list))
        .ok_or_else(|| malformed("statusListCredential"))?;
    if text("id") == Some(list) {
        return Err(malformed("id"));
    }
    let size = match entry.get("statusSize") {
        Some(size) => size
            .as_u64()
            .filter(|size| (1..=32).contains(size))
            .ok_or_else(|| malformed("statusSize"))?,
        None => 1,
    };
    messages(entry, size).ok_or_else(|| malformed("statusMessage"))?;
    let references = objects(entry.get("statusReference"));
    if !references.iter().all(|reference| reference.as_str().is_some_and(is_iri)) {
        return Err(malformed("statusReference"));
    }
    Ok(Entry { list, index, purpose, size })
}

/// §2.1: as many messages as there are values, required where a value has more than one bit.
fn messages(entry: &Value, size: u64) -> Option<()> {
    let Some(messages) = entry.get("statusMessage") else {
        return (size == 1).then_some(());
    };
    let messages = messages.as_array()?;
    let plain = messages.iter().all(|message| {
        let status = message["status"].as_str().and_then(|status| status.strip_prefix("0x"));
        message["message"].is_string()
            && status.is_some_and(|digits| u64::from_str_radix(digits, 16).is_ok())
    });
    (plain && messages.len() as u64 == 1_u64.checked_shl(u32::try_from(size).ok()?)?).then_some(())
}

fn list_subject(subject: &Value) -> Result<(), Flaw> {
    if !type_names(subject.get("type")).any(|name| name == "BitstringStatusList") {
        return Err(Flaw::malformed(
            "the subject of a status list credential is no BitstringStatusList",
        ));
    }
    let purposes = objects(subject.get("statusPurpose"));
    if purposes.is_empty() || !purposes.iter().all(Value::is_string) {
        return Err(Flaw::malformed("the status list has no `statusPurpose`"));
    }
    if subject.get("ttl").is_some_and(|ttl| ttl.as_u64().is_none_or(|ttl| ttl == 0)) {
        return Err(Flaw::malformed(
            "the `ttl` of the status list is not a number of milliseconds",
        ));
    }
    unfold(subject).map(|_| ())
}

/// The bits of a list: multibase base64url, gzip (§3.4).
fn unfold(subject: &Value) -> Result<Vec<u8>, Flaw> {
    let malformed = || Flaw::malformed("the `encodedList` is not multibase base64url of gzip");
    let digits = subject["encodedList"].as_str().and_then(|text| text.strip_prefix('u'));
    let compressed =
        digits.and_then(|digits| URL_SAFE_NO_PAD.decode(digits).ok()).ok_or_else(malformed)?;
    let mut bits = Vec::new();
    GzDecoder::new(compressed.as_slice())
        .take(MOST as u64 + 1)
        .read_to_end(&mut bits)
        .map_err(|_| malformed())?;
    if bits.len() > MOST {
        return Err(Flaw::malformed("the status list is longer than a verifier reads"));
    }
    if bits.len() < LEAST {
        return Err(Flaw::new(
            FlawKind::StatusListLength,
            "the status list holds fewer than 131,072 bits",
        ));
    }
    Ok(bits)
}

/// §3.2, the validate algorithm.
fn check_entry(
    document: &Value,
    entry: &Value,
    lists: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> Result<(), Flaw> {
    let entry = read(entry)?;
    let list = lists(entry.list).ok_or_else(|| {
        Flaw::new(
            FlawKind::StatusRetrieval,
            "the status list is not one that is known here, and nothing is fetched",
        )
    })?;
    let broken = |message: &str| Flaw::new(FlawKind::StatusVerification, message);
    model::credential(&list)?;
    let hash = rdf::general_hash(&proofs::unsecured(&list))?;
    let expected = Expected { purpose: "assertionMethod", domain: None, challenge: None };
    let controllers = proofs::check(&list, hash, expected, now)?;
    let issuer = id_of(&list["issuer"]).unwrap_or_default();
    if !controllers.iter().any(|controller| controller == issuer)
        || id_of(&document["issuer"]) != Some(issuer)
    {
        return Err(broken("the status list is not of the credential's issuer"));
    }
    let subject = &list["credentialSubject"];
    if !objects(subject.get("statusPurpose")).iter().any(|purpose| purpose == entry.purpose) {
        return Err(broken("the status list is for another purpose"));
    }
    let status = value_at(&unfold(subject)?, entry.index, entry.size).ok_or_else(|| {
        Flaw::new(FlawKind::Range, "the status index lies outside the status list")
    })?;
    match (status, entry.purpose) {
        (0, _) => Ok(()),
        (_, "revocation") => Err(broken("the credential has been revoked")),
        (_, "suspension") => Err(broken("the credential is suspended")),
        (status, purpose) => Err(broken(&format!("the status for {purpose} is 0x{status:x}"))),
    }
}

/// The value of `size` bits at a position, bit 0 leftmost.
fn value_at(bits: &[u8], index: u64, size: u64) -> Option<u64> {
    let first = index.checked_mul(size)?;
    (first..first.checked_add(size)?).try_fold(0, |value, bit| {
        let byte = bits.get(usize::try_from(bit / 8).ok()?)?;
        Some(value << 1 | u64::from(byte >> (7 - bit % 8) & 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "https://a.example/status/1";

    fn entry_with(name: &str, value: Value) -> Value {
        let mut entry = entry(LIST, 7, "revocation");
        entry[name] = value;
        entry
    }

    #[test]
    fn an_entry_keeps_every_rule_of_the_recommendation() {
        assert!(read(&entry(LIST, 7, "revocation")).is_ok());
        let two = json!([{ "status": "0x0", "message": "open" }, { "status": "0x1", "message": "closed" }]);
        assert!(read(&entry_with("statusMessage", two.clone())).is_ok());
        for (name, value) in [
            ("statusListIndex", json!(true)),
            ("statusListIndex", json!(7)),
            ("statusListIndex", json!("-1")),
            ("statusListIndex", json!("07")),
            ("statusPurpose", json!(["revocation"])),
            ("statusListCredential", json!("not an address")),
            ("id", json!(LIST)),
            ("statusSize", json!(0)),
            ("statusSize", json!("1")),
            ("statusSize", json!(2)),
            ("statusMessage", json!([{ "status": "0x0", "message": "open" }])),
            (
                "statusMessage",
                json!([{ "status": "0", "message": "a" }, { "status": "1", "message": "b" }]),
            ),
            ("statusReference", json!([7])),
        ] {
            assert!(read(&entry_with(name, value.clone())).is_err(), "{name}: {value}");
        }
        let mut four = entry_with("statusSize", json!(2));
        four["statusMessage"] = Value::Array(
            [two.as_array().unwrap().clone(), two.as_array().unwrap().clone()].concat(),
        );
        assert!(read(&four).is_ok());
    }

    #[test]
    fn a_value_of_several_bits_is_read_from_the_left_and_never_past_the_end() {
        let bits = [0b0110_0001, 0b1000_0000];
        assert_eq!(value_at(&bits, 1, 1), Some(1));
        assert_eq!(value_at(&bits, 0, 2), Some(1));
        assert_eq!(value_at(&bits, 1, 2), Some(2));
        assert_eq!(value_at(&bits, 1, 7), Some(0b110_0000));
        assert_eq!(value_at(&bits, 16, 1), None);
        assert_eq!(value_at(&bits, 2, 7), None);
        assert_eq!(value_at(&bits, u64::MAX, 2), None);
    }
}
