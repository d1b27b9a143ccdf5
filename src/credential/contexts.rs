//! The JSON-LD contexts this hub knows, embedded and pinned. Nothing is ever fetched.

/// W3C Verifiable Credentials Data Model 2.0.
pub const CREDENTIALS_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// 1EdTech Open Badges 3.0.
pub const OPEN_BADGES: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
/// The terms Open Badges keeps beside its main context (credential schemas).
pub const OPEN_BADGES_EXTENSIONS: &str = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json";
/// 1EdTech Comprehensive Learner Record 2.0.
pub const CLR: &str = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json";
/// W3C Verifiable Credentials Data Model 1.1.
pub const CREDENTIALS_V1: &str = "https://www.w3.org/2018/credentials/v1";
/// W3C Data Integrity 1.0, for documents whose first context does not define its proofs.
pub const DATA_INTEGRITY: &str = "https://w3id.org/security/data-integrity/v2";

/// `@context` of an achievement, in this order.
pub const ACHIEVEMENT: [&str; 3] = [CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS];
/// `@context` of a portfolio, in this order.
pub const PORTFOLIO: [&str; 4] = [CREDENTIALS_V2, CLR, OPEN_BADGES, OPEN_BADGES_EXTENSIONS];
/// `@context` of a status list.
pub const STATUS_LIST: [&str; 1] = [CREDENTIALS_V2];

/// An embedded context.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The address that documents name it by.
    pub url: &'static str,
    /// Its bytes.
    pub document: &'static str,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: &'static str,
}

/// Every embedded context.
pub const ALL: [Context; 4] = [
    Context {
        url: CREDENTIALS_V2,
        document: include_str!("contexts/credentials-v2.jsonld"),
        sha256: "8a9f494a89ecc51db093e90e84713e07e84d6d9204364a9b3c7868b21751236f",
    },
    Context {
        url: OPEN_BADGES,
        document: include_str!("contexts/ob-v3p0-3.0.3.jsonld"),
        sha256: "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761",
    },
    Context {
        url: OPEN_BADGES_EXTENSIONS,
        document: include_str!("contexts/ob-v3p0-extensions.jsonld"),
        sha256: "2d013f981d1f4516081a6a04e55468ba2b071d4153b794f19a79715c45a89a5e",
    },
    Context {
        url: CLR,
        document: include_str!("contexts/clr-v2p0-2.0.1.jsonld"),
        sha256: "88ad981fdba066d7f0251f4c221d355858e9c4f1ff2b651b553fd8f92ae3dc71",
    },
];

/// Contexts that only the general verifier knows, for documents of others and for the public test
/// suites. A college's own documents use exactly the lists above.
pub const GENERAL: [Context; 5] = [
    Context {
        url: CREDENTIALS_V1,
        document: include_str!("contexts/credentials-v1.jsonld"),
        sha256: "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
    },
    Context {
        url: DATA_INTEGRITY,
        document: include_str!("contexts/data-integrity-v2.jsonld"),
        sha256: "0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363",
    },
    Context {
        url: "https://w3id.org/security/multikey/v1",
        document: include_str!("contexts/multikey-v1.jsonld"),
        sha256: "c5f3806f8286920573221938917988a18a4cc5a09e968d29649613c7a1c2b1f6",
    },
    Context {
        url: "https://www.w3.org/ns/did/v1",
        document: include_str!("contexts/did-v1.jsonld"),
        sha256: "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    },
    Context {
        url: "https://www.w3.org/ns/credentials/examples/v2",
        document: include_str!("contexts/examples-v2.jsonld"),
        sha256: "57393fbc69d6efb9b9b5dc9cb6b9880b0944360abfe2eaf459c9e58cf2279d7c",
    },
];

/// The embedded context of this address.
pub fn find(url: &str) -> Option<&'static Context> {
    ALL.iter().find(|context| context.url == url)
}

/// The context of this address, for the general verifier.
pub fn find_general(url: &str) -> Option<&'static Context> {
    find(url).or_else(|| GENERAL.iter().find(|context| context.url == url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::digest::sha256;

    #[test]
    fn every_context_has_its_pinned_digest() {
        for context in ALL.iter().chain(&GENERAL) {
            assert_eq!(
                hex::encode(sha256(context.document.as_bytes())),
                context.sha256,
                "{}",
                context.url
            );
            assert!(
                serde_json::from_str::<serde_json::Value>(context.document).unwrap()["@context"]
                    .is_object()
            );
        }
    }

    #[test]
    fn an_address_that_is_not_on_the_list_is_not_known() {
        assert!(find(CLR).is_some());
        assert!(find(CREDENTIALS_V1).is_none());
        assert!(find_general(CREDENTIALS_V1).is_some() && find_general(CLR).is_some());
        assert!(find("https://www.w3.org/ns/credentials/v2/").is_none());
    }
}
