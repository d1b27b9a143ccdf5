//! Reading single parts of a document, strictly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::issuer::is_this_machine;
use super::status_list;

/// The issuer's id, written as a string or inside a profile.
pub(super) fn issuer_id(document: &Value) -> Option<&str> {
    let issuer = document.get("issuer")?;
    issuer.as_str().or_else(|| issuer.get("id")?.as_str())
}

/// A time as we write it: UTC, `Z`.
pub(super) fn read_time(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str().filter(|text| text.ends_with('Z'))?;
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// The revocation entry of a document, if it is well-formed: the list's address and the index.
pub(super) fn status_entry(document: &Value) -> Option<(&str, u32)> {
    let entry = document.get("credentialStatus")?;
    let digits = entry.get("statusListIndex")?.as_str()?;
    let index: u32 = digits.parse().ok().filter(|index| *index < status_list::BITS)?;
    let list = entry.get("statusListCredential")?.as_str().filter(|list| is_address(list))?;
    let plain = entry["type"] == "BitstringStatusListEntry"
        && entry["statusPurpose"] == "revocation"
        && index.to_string() == digits;
    plain.then_some((list, index))
}

/// The SHA-256 in an evidence entry's `digestSRI` (W3C Subresource Integrity §3.5).
pub(super) fn read_digest(entry: &Value) -> Option<[u8; 32]> {
    let digits = entry.get("digestSRI")?.as_str()?.strip_prefix("sha256-")?;
    STANDARD.decode(digits).ok()?.try_into().ok()
}

/// An address that something can be fetched from; plain `http` is for demos on the machine itself.
pub(super) fn is_address(text: &str) -> bool {
    let on_this_machine = |rest: &str| is_this_machine(rest.split('/').next().unwrap_or_default());
    let fits =
        text.starts_with("https://") || text.strip_prefix("http://").is_some_and(on_this_machine);
    fits && is_iri(text)
}

/// An absolute IRI without anything that N-Quads would have to escape.
pub(super) fn is_iri(text: &str) -> bool {
    let odd = |letter: char| letter <= ' ' || "<>\"{}|^`\\".contains(letter);
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    }) && !text.contains(odd)
        && text.matches('#').count() < 2
}
