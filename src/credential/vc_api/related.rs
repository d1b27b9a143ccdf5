//! Digests of related resources (VC Data Model 2.0 §5.3). Nothing is fetched: a digest is checked where the resource
//! is one whose published bytes are known.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::model::objects;
use super::{Flaw, FlawKind};
use crate::credential::contexts::CREDENTIALS_V2;
use crate::credential::multibase;
use crate::credential::reading::is_iri;

/// A published state of a resource: its address and the digests of its bytes, hexadecimal.
struct Published {
    url: &'static str,
    sha256: &'static str,
    sha384: &'static str,
}

/// The base context as W3C has published it: since February 2025 (VC Data Model 2.0, appendix B.1), and on 20 July 2024.
const PUBLISHED: [Published; 2] = [
    Published {
        url: CREDENTIALS_V2,
        sha256: "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        sha384: "97f1eb8e5042356c805fdd61afa2c557663785e0794dcafa21e138fd38def18cb360133c221aa31d6896a6bf3e65b614",
    },
    Published {
        url: CREDENTIALS_V2,
        sha256: "24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9",
        sha384: "35239c36999d2155312091af194a1edb61634d6ad789a5e5b19f2aebdd762dd9d1dcaada40eda7ef921c6b8c0ae107a0",
    },
];

/// Whether every related resource is of the required form, and its digest right where that can be told.
pub(super) fn well_formed(resources: Option<&Value>) -> Result<(), Flaw> {
    let resources_found = objects(resources);
    if resources.is_some() && resources_found.is_empty() {
        return Err(Flaw::malformed("`relatedResource` is empty"));
    }
    for (place, resource) in resources_found.iter().enumerate() {
        let members = resource
            .as_object()
            .ok_or_else(|| Flaw::malformed("a `relatedResource` is not an object"))?;
        let id = members
            .get("id")
            .and_then(Value::as_str)
            .filter(|id| is_iri(id))
            .ok_or_else(|| Flaw::malformed("a `relatedResource` has no address as its `id`"))?;
        if resources_found[..place].iter().any(|other| other["id"] == id) {
            return Err(Flaw::malformed("a `relatedResource` is named twice"));
        }
        if members.get("mediaType").is_some_and(|kind| !kind.is_string()) {
            return Err(Flaw::malformed("the `mediaType` of a `relatedResource` is not text"));
        }
        let sri = objects(members.get("digestSRI")).iter().map(read_sri);
        let multi = objects(members.get("digestMultibase")).iter().map(read_multibase);
        let digests: Option<Vec<Digest>> = sri.chain(multi).collect();
        let digests = digests
            .filter(|digests| !digests.is_empty())
            .ok_or_else(|| Flaw::malformed("a `relatedResource` has no well-formed digest"))?;
        compare(id, &digests)?;
    }
    Ok(())
}

/// The related resources whose bytes are not known here.
pub(super) fn unknown(document: &Value) -> impl Iterator<Item = &str> {
    objects(document.get("relatedResource"))
        .iter()
        .filter_map(|resource| resource["id"].as_str())
        .filter(|id| PUBLISHED.iter().all(|known| known.url != *id))
}

/// A digest with its algorithm, hexadecimal.
#[derive(Debug, Eq, PartialEq)]
enum Digest {
    Sha256(String),
    Sha384(String),
    Sha512,
}

fn compare(id: &str, digests: &[Digest]) -> Result<(), Flaw> {
    let mut states = PUBLISHED.iter().filter(|known| known.url == id).peekable();
    let fits = |state: &Published| {
        digests.iter().all(|digest| match digest {
            Digest::Sha256(hex) => hex == state.sha256,
            Digest::Sha384(hex) => hex == state.sha384,
            Digest::Sha512 => false,
        })
    };
    if states.peek().is_none() || states.any(fits) {
        return Ok(());
    }
    let message = format!("the digest of {id} is not that of the published resource");
    Err(Flaw::new(FlawKind::Cryptographic, message))
}

/// W3C Subresource Integrity §3.5: the algorithm, a hyphen, base64.
fn read_sri(value: &Value) -> Option<Digest> {
    let (algorithm, digits) = value.as_str()?.split_once('-')?;
    let bytes = STANDARD.decode(digits).ok()?;
    match (algorithm, bytes.len()) {
        ("sha256", 32) => Some(Digest::Sha256(hex::encode(bytes))),
        ("sha384", 48) => Some(Digest::Sha384(hex::encode(bytes))),
        ("sha512", 64) => Some(Digest::Sha512),
        _ => None,
    }
}

/// Multibase, of a multihash or, as the recommendation's own examples have it, of a bare SHA-256.
fn read_multibase(value: &Value) -> Option<Digest> {
    let text = value.as_str()?;
    let bytes = match text.strip_prefix('u') {
        Some(digits) => URL_SAFE_NO_PAD.decode(digits).ok()?,
        None => multibase::decode(text, 66)?,
    };
    match bytes.as_slice() {
        // Multihash: the code of the algorithm, the length.
        [0x12, 0x20, digest @ ..] if digest.len() == 32 => {
            Some(Digest::Sha256(hex::encode(digest)))
        }
        [0x20, 0x30, digest @ ..] if digest.len() == 48 => {
            Some(Digest::Sha384(hex::encode(digest)))
        }
        [0x13, 0x40, digest @ ..] if digest.len() == 64 => Some(Digest::Sha512),
        digest if digest.len() == 32 => Some(Digest::Sha256(hex::encode(digest))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(resource: Value) -> Result<(), Flaw> {
        well_formed(Some(&resource))
    }

    #[test]
    fn both_published_states_of_the_base_context_are_known_in_both_spellings() {
        for (sri, multi) in [
            (
                "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
                "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ",
            ),
            (
                "sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg",
                "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k",
            ),
        ] {
            assert_eq!(check(json!({ "id": CREDENTIALS_V2, "digestSRI": sri })), Ok(()));
            assert_eq!(
                check(
                    json!([{ "id": CREDENTIALS_V2, "digestMultibase": multi, "mediaType": "application/ld+json" }])
                ),
                Ok(())
            );
            let bytes = URL_SAFE_NO_PAD.decode(&multi[1..]).unwrap();
            let multihash = [&[0x12, 0x20], bytes.as_slice()].concat();
            let multihash = format!("u{}", URL_SAFE_NO_PAD.encode(multihash));
            assert_eq!(
                check(
                    json!({ "id": CREDENTIALS_V2, "digestMultibase": multihash, "digestSRI": sri })
                ),
                Ok(())
            );
        }
    }

    #[test]
    fn a_wrong_digest_is_told_and_digests_of_two_states_do_not_mix() {
        for wrong in [
            json!({ "id": CREDENTIALS_V2, "digestMultibase": "uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0" }),
            json!({ "id": CREDENTIALS_V2, "digestSRI": "sha384-_rCVIV7fSXXTNIvpiq26jRDyj8JG8TDjij-tD0ewLk4JpnXEz6a5AeeY_1qQ0d0P" }),
            json!({ "id": CREDENTIALS_V2,
                "digestSRI": "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
                "digestMultibase": "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k" }),
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_resource_without_address_or_digest_or_named_twice_is_refused() {
        let digest = "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ";
        for wrong in [
            json!([]),
            json!(["https://a.example/x"]),
            json!({ "digestMultibase": digest }),
            json!({ "id": "https://a.example/x" }),
            json!({ "id": "https://a.example/x", "digestSRI": "sha256-0011" }),
            json!([{ "id": "https://a.example/x", "digestMultibase": digest }, { "id": "https://a.example/x", "digestMultibase": digest }]),
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
        assert_eq!(
            check(json!({ "id": "https://a.example/x", "digestMultibase": digest })),
            Ok(())
        );
    }
}
