//! `hub conformance` as the public W3C suites ask it: over HTTPS, through its own command line.
//!
//! Each row of a table is one thing that a suite asks; docs/conformance.md says which.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::outsider::{JCS, Outsider, RDFC};
use crate::support::text;

const V1: &str = "https://www.w3.org/2018/credentials/v1";
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const EXAMPLES: &str = "https://www.w3.org/ns/credentials/examples/v2";
const DATA_INTEGRITY: &str = "https://w3id.org/security/data-integrity/v2";

type Https = Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<bytes::Bytes>>;

/// A running `hub conformance`.
struct Profile {
    child: Child,
    base: String,
    issuer: String,
    implementation: Value,
    https: Https,
}

impl Drop for Profile {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Profile {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hub"))
            .args(["conformance", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let mut roots = RootCertStore::empty();
        let certificate = text(&ready["certificate"]);
        roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
        Self {
            child,
            base: text(&ready["base"]),
            issuer: text(&ready["issuer"]),
            implementation: ready["implementation"].clone(),
            https: Client::builder(TokioExecutor::new()).build(connector),
        }
    }

    async fn send(&self, method: &str, url: &str, body: Vec<u8>) -> (u16, Value) {
        let request = hyper::Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/json")
            .body(Full::new(bytes::Bytes::from(body)))
            .unwrap();
        let response = self.https.request(request).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.contains("json"), "the suites read no other type as JSON: {kind}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", &format!("{}{path}", self.base), body.to_string().into_bytes()).await
    }

    async fn issue(&self, credential: &Value) -> (u16, Value) {
        self.post("/credentials/issue", &json!({ "credential": credential, "options": {} })).await
    }

    async fn issued(&self, credential: &Value) -> Value {
        let (status, mut answer) = self.issue(credential).await;
        assert_eq!(status, 201, "{credential} {answer}");
        answer["verifiableCredential"].take()
    }

    async fn verify(&self, credential: &Value, options: Value) -> (u16, Value) {
        let body = json!({ "verifiableCredential": credential, "options": options });
        self.post("/credentials/verify", &body).await
    }

    async fn verify_presentation(&self, presentation: &Value, options: Value) -> (u16, Value) {
        let body = json!({ "verifiablePresentation": presentation, "options": options });
        self.post("/presentations/verify", &body).await
    }
}

/// Not 401 and not 500: what does not hold is the caller's affair.
#[track_caller]
fn rejected(name: &str, (status, answer): (u16, Value)) {
    assert!(matches!(status, 400 | 422), "{name}: {status} {answer}");
    assert!(text(&answer["type"]).starts_with("https://"), "{name}: {answer}");
    assert_ne!(answer["verified"], true, "{name}: {answer}");
}

#[track_caller]
fn verified(name: &str, (status, answer): (u16, Value)) {
    assert_eq!((status, &answer["verified"]), (200, &json!(true)), "{name}: {answer}");
    assert_eq!(answer["problemDetails"], json!([]), "{name}");
}

/// The least credential, with these members put over it; null takes one away.
fn credential(changes: Value) -> Value {
    let least = json!({ "@context": [V2], "type": ["VerifiableCredential"], "credentialSubject": { "id": "did:example:subject" } });
    changed(least, changes)
}

fn presentation(changes: Value) -> Value {
    changed(json!({ "@context": [V2], "type": ["VerifiablePresentation"] }), changes)
}

fn changed(mut document: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value == "(none)" {
            document.as_object_mut().unwrap().remove(name);
        } else {
            document[name] = value.clone();
        }
    }
    document
}

/// Contexts that give a class of this name a meaning.
fn with_class(name: &str) -> Value {
    json!([V2, { name: format!("https://example.org/examples#{name}") }])
}

/// What every credential of the data model may say.
fn conforming() -> Vec<(&'static str, Value)> {
    let mut rows = vec![
        ("the least there is", json!({})),
        ("several contexts by address", json!({ "@context": [V2, EXAMPLES] })),
        (
            "a context that is an object",
            json!({ "@context": with_class("Kind"), "type": ["VerifiableCredential", "Kind"] }),
        ),
        (
            "a context inside a context",
            json!({ "@context": [V2, { "@context": { "Kind": "https://example.org/#Kind" } }], "type": ["VerifiableCredential", "Kind"] }),
        ),
        ("an id", json!({ "id": "did:example:credential" })),
        (
            "a type that is an address",
            json!({ "type": ["VerifiableCredential", "https://example.org/#Kind"] }),
        ),
        (
            "types in another order",
            json!({ "type": ["https://example.org/#A", "https://example.org/#B", "VerifiableCredential"] }),
        ),
        (
            "a type of a vocabulary",
            json!({ "@context": [V2, EXAMPLES], "type": ["VerifiableCredential", "RelationshipCredential"] }),
        ),
        ("an issuer that is an object", json!({ "issuer": { "id": "did:example:issuer" } })),
        ("an issuer without an id", json!({ "issuer": { "name": "Somebody" } })),
        (
            "several subjects",
            json!({ "credentialSubject": [{ "id": "did:example:a" }, { "id": "did:example:b" }] }),
        ),
        ("milliseconds", json!({ "validFrom": "2023-02-26T01:02:58.447Z" })),
        ("an offset", json!({ "validFrom": "2023-02-25T19:10:39-06:00" })),
        (
            "an end",
            json!({ "validFrom": "2023-02-26T01:21:23Z", "validUntil": "2043-02-25T19:21:29.5-06:00" }),
        ),
        (
            "a beginning that is its end",
            json!({ "validFrom": "2043-02-26T01:21:29Z", "validUntil": "2043-02-25T19:21:29-06:00" }),
        ),
        (
            "a related resource",
            json!({ "relatedResource": { "id": V2, "digestSRI": "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU" } }),
        ),
        (
            "a digest in multibase",
            json!({ "relatedResource": [{ "id": V2, "mediaType": "application/ld+json", "digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ" }] }),
        ),
        (
            "the digest of July 2024",
            json!({ "relatedResource": [{ "id": V2, "digestMultibase": "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k" }] }),
        ),
        (
            "a status of another kind",
            json!({ "@context": with_class("OtherStatus"), "credentialStatus": { "type": "OtherStatus" } }),
        ),
    ];
    for member in ["name", "description"] {
        for value in [
            json!("Dog"),
            json!({ "@value": "Dog", "@language": "en" }),
            json!({ "@value": "Dog", "@language": "en", "@direction": "ltr" }),
            json!([{ "@value": "Dog", "@language": "en" }, { "@value": "Chien", "@language": "fr" }]),
        ] {
            rows.push((member, json!({ member: value })));
            rows.push((member, json!({ "issuer": { member: value } })));
        }
    }
    for member in
        ["credentialStatus", "termsOfUse", "evidence", "refreshService", "credentialSchema"]
    {
        let one = json!({ "id": "did:example:x/1", "type": "Kind" });
        let other = json!({ "id": "did:example:x/2", "type": "https://example.org/#Other" });
        rows.push((member, json!({ "@context": with_class("Kind"), member: one })));
        rows.push((member, json!({ "@context": with_class("Kind"), member: [one, other] })));
    }
    rows
}

/// One rule broken in each.
fn nonconforming() -> Vec<(&'static str, Value)> {
    let mut rows = vec![
        ("no context", json!({ "@context": "(none)" })),
        ("no base context", json!({ "@context": [EXAMPLES] })),
        ("the base context not first", json!({ "@context": [EXAMPLES, V2] })),
        ("a context that is no address", json!({ "@context": [V2, "https ://not-an-address/v1"] })),
        ("a context that nobody knows", json!({ "@context": [V2, "https://example.com"] })),
        ("a context that is a number", json!({ "@context": [V2, 7] })),
        (
            "a protected type redefined",
            json!({ "@context": [V2, { "VerifiableCredential": "https://example.org/#Other" }] }),
        ),
        (
            "a protected term redefined",
            json!({ "@context": [V2, { "@protected": true, "Kind": "https://example.org/#A" }, { "Kind": "https://example.org/#B" }], "type": ["VerifiableCredential", "Kind"] }),
        ),
        (
            "a vocabulary taken away",
            json!({ "@context": [V2, { "@vocab": null }], "type": ["VerifiableCredential", "Kind"] }),
        ),
        (
            "a type that means no address",
            json!({ "@context": [V2, { "Kind": "https ://not-an-address#Kind" }], "type": ["VerifiableCredential", "Kind"] }),
        ),
        ("a type that means nothing", json!({ "type": ["VerifiableCredential", "Kind"] })),
        (
            "a type below a base",
            json!({ "@context": [V2, { "@base": "https://example.org/" }], "type": ["VerifiableCredential", "Kind"] }),
        ),
        ("a term that means nothing", json!({ "favourite": "blue" })),
        ("no type", json!({ "type": "(none)" })),
        (
            "not the type it must have",
            json!({ "@context": [V2, EXAMPLES], "type": ["RelationshipCredential"] }),
        ),
        ("an id that is null", json!({ "id": null })),
        ("two ids", json!({ "id": ["did:example:1", "did:example:2"] })),
        ("an id that is no address", json!({ "id": "not an address" })),
        (
            "two ids of a subject",
            json!({ "credentialSubject": { "id": ["did:example:1", "did:example:2"] } }),
        ),
        (
            "an id of a subject that is no address",
            json!({ "credentialSubject": { "id": "somebody", "name": "Somebody" } }),
        ),
        ("an issuer that is null", json!({ "issuer": null })),
        ("an issuer that is no address", json!({ "issuer": "somebody" })),
        ("an issuer whose id is null", json!({ "issuer": { "id": null } })),
        ("an issuer whose id is no address", json!({ "issuer": { "id": "somebody" } })),
        ("no subject", json!({ "credentialSubject": "(none)" })),
        ("a subject of which nothing is said", json!({ "credentialSubject": {} })),
        (
            "one of two subjects of which nothing is said",
            json!({ "credentialSubject": [{ "id": "did:example:a" }, {}] }),
        ),
        ("a time in words", json!({ "validFrom": "Sat 25 Feb 2023 07:16:31 PM CST" })),
        ("an end in words", json!({ "validUntil": "Sat 25 Feb 2023 07:16:31 PM CST" })),
        ("a time without an offset", json!({ "validFrom": "2023-02-25T19:10:39" })),
        (
            "an end before the beginning",
            json!({ "validFrom": "2043-01-01T00:00:00Z", "validUntil": "2023-01-01T00:00:00Z" }),
        ),
        (
            "a schema without an id",
            json!({ "@context": with_class("Kind"), "credentialSchema": { "type": "Kind" } }),
        ),
        ("related resources that are text", json!({ "relatedResource": [V2] })),
        (
            "a related resource without an id",
            json!({ "relatedResource": [{ "digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ" }] }),
        ),
        (
            "a related resource twice",
            json!({ "relatedResource": [{ "id": V2, "digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ" }, { "id": V2, "digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ" }] }),
        ),
        ("a related resource without a digest", json!({ "relatedResource": [{ "id": V2 }] })),
        (
            "a wrong digest",
            json!({ "relatedResource": [{ "id": V2, "digestMultibase": "uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0" }] }),
        ),
        (
            "a digest in another alphabet",
            json!({ "relatedResource": [{ "id": V2, "digestSRI": "sha384-_rCVIV7fSXXTNIvpiq26jRDyj8JG8TDjij-tD0ewLk4JpnXEz6a5AeeY_1qQ0d0P" }] }),
        ),
        (
            "an entry under an unknown name",
            json!({ "statusEntry": { "type": "BitstringStatusListEntry", "statusListIndex": true, "statusListCredential": "https://example.com" } }),
        ),
        (
            "an index that is no text",
            json!({ "credentialStatus": { "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": true, "statusListCredential": "https://example.com" } }),
        ),
        (
            "an index below zero",
            json!({ "credentialStatus": { "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "-1", "statusListCredential": "https://example.com" } }),
        ),
        (
            "two bits without messages",
            json!({ "credentialStatus": { "type": "BitstringStatusListEntry", "statusPurpose": "message", "statusListIndex": "1", "statusSize": 2, "statusListCredential": "https://example.com" } }),
        ),
        (
            "a list that is too short",
            json!({ "type": ["VerifiableCredential", "BitstringStatusListCredential"], "credentialSubject": { "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": "uH4sIAAAAAAAAAwMAAAAAAAAAAAA" } }),
        ),
        ("a proof already", json!({ "proof": { "type": "DataIntegrityProof" } })),
    ];
    for member in ["name", "description"] {
        let with_more = json!({ "@value": "Dog", "@language": "en", "url": "did:example:dog" });
        rows.push((member, json!({ member: with_more })));
        rows.push((member, json!({ "issuer": { member: with_more } })));
        rows.push((member, json!({ member: 7 })));
    }
    for member in
        ["credentialStatus", "termsOfUse", "evidence", "refreshService", "credentialSchema"]
    {
        for broken in [
            json!({ "id": "did:example:x" }),
            json!({ "id": "did:example:x", "type": 2 }),
            json!({ "id": "https ://not-an-address/x", "type": "Kind" }),
            json!({ "id": 7, "type": "Kind" }),
            json!({ "id": ["did:example:1", "did:example:2"], "type": "Kind" }),
            json!("did:example:x"),
        ] {
            rows.push((member, json!({ "@context": with_class("Kind"), member: broken })));
        }
    }
    rows
}

#[tokio::test]
async fn the_profile_issues_what_keeps_every_rule_and_nothing_else() {
    let profile = Profile::start();
    for (name, changes) in conforming() {
        let given = credential(changes);
        let issued = profile.issued(&given).await;
        assert_eq!(issuer_of(&issued), profile.issuer, "{name}");
        assert_eq!(issued["@context"], given["@context"], "{name}: contexts are kept");
        if given.get("id").is_some() {
            assert_eq!(issued["id"], given["id"], "{name}: an id is kept");
        }
        if given["validFrom"].as_str().is_none_or(|from| from < "2040") {
            verified(name, profile.verify(&issued, json!({ "checks": ["proof"] })).await);
        }
    }
    for (name, changes) in nonconforming() {
        let given = credential(changes);
        rejected(&format!("{name}: {given}"), profile.issue(&given).await);
    }
}

fn issuer_of(credential: &Value) -> String {
    credential["issuer"].as_str().map_or_else(|| text(&credential["issuer"]["id"]), str::to_owned)
}

#[tokio::test]
async fn a_proof_has_the_form_that_the_eddsa_suite_looks_for_in_both_data_models() {
    let profile = Profile::start();
    let old = json!({
        "@context": [V1], "type": ["VerifiableCredential"], "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
        "issuanceDate": "2020-03-16T22:37:26.544Z", "issuer": profile.issuer, "credentialSubject": { "id": "did:example:subject" },
    });
    let new = credential(
        json!({ "credentialSubject": { "id": "did:example:subject", "name": "Somebody" }, "issuer": profile.issuer }),
    );
    let named = changed(
        old.clone(),
        json!({ "@context": [V1, { "@context": { "name": "https://schema.org/name" } }], "credentialSubject": { "id": "did:example:subject", "name": "Somebody" } }),
    );
    for document in [&old, &new, &named] {
        for (path, options, suite) in [
            ("/credentials/issue", json!({}), RDFC),
            (
                "/credentials/issue",
                json!({ "cryptosuite": JCS, "mandatoryPointers": ["/issuer"] }),
                JCS,
            ),
            ("/eddsa-rdfc-2022/credentials/issue", json!({}), RDFC),
            ("/eddsa-jcs-2022/credentials/issue", json!({}), JCS),
        ] {
            let (status, answer) =
                profile.post(path, &json!({ "credential": document, "options": options })).await;
            assert_eq!(status, 201, "{answer}");
            let issued = &answer["verifiableCredential"];
            let proof = &issued["proof"];
            assert_eq!(proof["type"], "DataIntegrityProof");
            assert_eq!(proof["cryptosuite"], suite);
            assert_eq!(proof["proofPurpose"], "assertionMethod");
            let multikey = profile.issuer.trim_start_matches("did:key:");
            assert_eq!(proof["verificationMethod"], format!("{}#{multikey}", profile.issuer));
            let digits = text(&proof["proofValue"]);
            assert_eq!(
                bs58::decode(digits.strip_prefix('z').unwrap()).into_vec().unwrap().len(),
                64
            );
            let created = text(&proof["created"]);
            assert!(
                chrono::DateTime::parse_from_rfc3339(&created).is_ok() && created.ends_with('Z')
            );
            let contexts = issued["@context"].as_array().unwrap();
            assert!(contexts.contains(&json!(V2)) || contexts.contains(&json!(DATA_INTEGRITY)));
            verified(suite, profile.verify(issued, json!({ "checks": ["proof"] })).await);
            let mut other = issued.clone();
            other["credentialSubject"]["id"] = "did:example:other".into();
            rejected(suite, profile.verify(&other, json!({ "checks": ["proof"] })).await);
        }
    }
    let wrong = json!({ "credential": new, "options": { "cryptosuite": "ecdsa-rdfc-2019" } });
    rejected("an unknown suite", profile.post("/credentials/issue", &wrong).await);
}

#[tokio::test]
async fn a_proof_of_somebody_else_holds_only_as_it_was_made() {
    let profile = Profile::start();
    let somebody = Outsider::new(7);
    let document = credential(
        json!({ "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d", "issuer": somebody.did() }),
    );
    let old = json!({
        "@context": [V1, DATA_INTEGRITY], "type": ["VerifiableCredential"], "issuanceDate": "2020-03-16T22:37:26Z",
        "issuer": somebody.did(), "credentialSubject": { "id": "did:example:subject" },
    });
    for suite in [RDFC, JCS] {
        for document in [&document, &old] {
            verified(suite, profile.verify(&somebody.signed(document, suite), json!({})).await);
        }
        for (name, changes) in [
            ("a time that lacks its offset", json!({ "created": "2026-01-05T10:00:00" })),
            ("no time", json!({ "created": "(none)" })),
            ("an end in the future", json!({ "expires": "2099-01-05T10:00:00Z" })),
            (
                "a domain nobody asked for",
                json!({ "domain": ["a.example", "b.example"], "challenge": "c" }),
            ),
            (
                "an id and a nonce",
                json!({ "id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", "nonce": "n" }),
            ),
        ] {
            let signed = somebody.signed_with(&document, changed(somebody.options(suite), changes));
            verified(name, profile.verify(&signed, json!({ "checks": ["proof"] })).await);
        }
        for (name, changes) in [
            ("another type", json!({ "type": "UnknownProofType" })),
            ("no type", json!({ "type": "(none)" })),
            ("another suite", json!({ "cryptosuite": "UnknownCryptosuite" })),
            ("no key", json!({ "verificationMethod": "(none)" })),
            ("a key that is none", json!({ "verificationMethod": "did:key:invalidVm" })),
            ("a key elsewhere", json!({ "verificationMethod": "did:web:a.example#key-1" })),
            ("no purpose", json!({ "proofPurpose": "(none)" })),
            ("another purpose", json!({ "proofPurpose": "invalidPurpose" })),
            ("an authentication", json!({ "proofPurpose": "authentication" })),
            ("a time that is none", json!({ "created": "invalidDate" })),
            ("an end that is none", json!({ "expires": "invalidDate" })),
            ("an end that has come", json!({ "expires": "2024-01-01T00:00:00" })),
            (
                "a previous proof that is not there",
                json!({ "previousProof": "urn:uuid:38329423-2179-4b2e-88cb-a7c7d9dc4544" }),
            ),
            (
                "a previous proof in a list that is not there",
                json!({ "previousProof": ["urn:uuid:38329423-2179-4b2e-88cb-a7c7d9dc4544"] }),
            ),
            ("a previous proof that is a number", json!({ "previousProof": 7 })),
        ] {
            let signed = somebody.signed_with(&document, changed(somebody.options(suite), changes));
            rejected(name, profile.verify(&signed, json!({ "checks": ["proof"] })).await);
        }
        let signed = somebody.signed(&document, suite);
        for (name, value) in [
            ("no signature", json!("(none)")),
            ("a null signature", json!(null)),
            ("a signature without its header", json!(&text(&signed["proof"]["proofValue"])[1..])),
            (
                "a signature of another length",
                json!(format!("{}1111", text(&signed["proof"]["proofValue"]))),
            ),
            (
                "a signature of other bytes",
                json!(format!("z{}", bs58::encode([7; 64]).into_string())),
            ),
        ] {
            let mut broken = signed.clone();
            broken["proof"] = changed(broken["proof"].clone(), json!({ "proofValue": value }));
            rejected(name, profile.verify(&broken, json!({ "checks": ["proof"] })).await);
        }
        for (name, changes) in [
            ("no proof", json!({ "proof": "(none)" })),
            ("a null proof", json!({ "proof": null })),
            ("no proofs", json!({ "proof": [] })),
            ("another issuer", json!({ "issuer": "did:example:other" })),
            ("a class more", json!({ "type": ["VerifiableCredential", "UndefinedType"] })),
            ("a term more", json!({ "undefinedTerm": "dropped?" })),
            ("not a credential at all", json!({ "type": ["NonconformingDocument"] })),
        ] {
            rejected(name, profile.verify(&changed(signed.clone(), changes), json!({})).await);
        }
        let expected = json!({ "checks": ["proof"], "expectedProofPurpose": "authentication" });
        rejected("another purpose expected", profile.verify(&signed, expected).await);
        // A term without a meaning is refused though it was signed over.
        let undefined = changed(
            document.clone(),
            json!({ "credentialSubject": { "id": "did:example:subject", "undefinedTerm": "x" } }),
        );
        rejected(
            "signed over nothing",
            profile.verify(&somebody.signed(&undefined, suite), json!({})).await,
        );
        // The signature of the one suite under the name of the other.
        let mut renamed = signed.clone();
        renamed["proof"]["cryptosuite"] = if suite == RDFC { JCS } else { RDFC }.into();
        rejected("the other suite's name", profile.verify(&renamed, json!({})).await);
    }
    let issued_by_another =
        changed(document.clone(), json!({ "issuer": "https://vc.example/issuers/1" }));
    rejected(
        "a key that is not the issuer's",
        profile.verify(&somebody.signed(&issued_by_another, RDFC), json!({})).await,
    );
    let past = changed(document.clone(), json!({ "validUntil": "2024-01-01T00:00:00Z" }));
    rejected("no longer valid", profile.verify(&somebody.signed(&past, RDFC), json!({})).await);
    let future = changed(document, json!({ "validFrom": "2099-01-01T00:00:00Z" }));
    rejected("not valid yet", profile.verify(&somebody.signed(&future, RDFC), json!({})).await);
}

#[tokio::test]
async fn domain_and_challenge_of_a_proof_must_be_those_asked_for() {
    let profile = Profile::start();
    let somebody = Outsider::new(7);
    let document = credential(json!({ "issuer": somebody.did() }));
    let options = changed(
        somebody.options(RDFC),
        json!({ "proofPurpose": "authentication", "domain": "domain.example", "challenge": "1235abcd6789" }),
    );
    let signed = somebody.signed_with(&document, options);
    let asked = |domain: &str, challenge: &str| json!({ "expectedProofPurpose": "authentication", "domain": domain, "challenge": challenge });
    verified("both right", profile.verify(&signed, asked("domain.example", "1235abcd6789")).await);
    rejected(
        "another domain",
        profile.verify(&signed, asked("other.example", "1235abcd6789")).await,
    );
    rejected("another challenge", profile.verify(&signed, asked("domain.example", "other")).await);
    let plain = somebody.signed(&document, RDFC);
    rejected("none at all", profile.verify(&plain, json!({ "domain": "domain.example" })).await);
    rejected("none at all", profile.verify(&plain, json!({ "challenge": "c" })).await);
}

#[tokio::test]
async fn proof_sets_and_chains_are_verified_proof_by_proof() {
    let profile = Profile::start();
    let (first, issuer) = (Outsider::new(8), Outsider::new(7));
    let id = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544";
    for suite in [RDFC, JCS] {
        let document = credential(json!({ "issuer": issuer.did() }));
        let witness = first.proof(&document, changed(first.options(suite), json!({ "id": id })));
        let own = issuer.proof(&document, issuer.options(suite));
        let set = changed(document.clone(), json!({ "proof": [witness, own] }));
        verified("a set, of which one is the issuer's", profile.verify(&set, json!({})).await);
        let alone = changed(document.clone(), json!({ "proof": [witness] }));
        rejected("none is the issuer's", profile.verify(&alone, json!({})).await);
        for previous in [json!(id), json!([id])] {
            let covered = changed(document.clone(), json!({ "proof": [witness] }));
            let options = changed(issuer.options(suite), json!({ "previousProof": previous }));
            let chained = issuer.proof(&covered, options.clone());
            let chain = changed(document.clone(), json!({ "proof": [witness, chained] }));
            verified("a chain", profile.verify(&chain, json!({})).await);
            let mut broken = chain.clone();
            broken["proof"][0]["proofValue"] = own["proofValue"].clone();
            rejected(
                "a chain whose first link is broken",
                profile.verify(&broken, json!({})).await,
            );
            let mut without = chain.clone();
            without["proof"].as_array_mut().unwrap().remove(0);
            rejected("a chain without its first link", profile.verify(&without, json!({})).await);
            let loose = issuer.proof(&document, options);
            let loose = changed(document.clone(), json!({ "proof": [witness, loose] }));
            rejected(
                "a link that does not cover the one before",
                profile.verify(&loose, json!({})).await,
            );
        }
    }
}

#[tokio::test]
async fn presentations_are_verified_with_everything_in_them() {
    let profile = Profile::start();
    let holder = Outsider::new(7);
    let inside = |changes: Value| {
        let document = changed(credential(json!({ "issuer": holder.did() })), changes);
        holder.signed(&document, RDFC)
    };
    let own = profile.issued(&credential(json!({}))).await;
    let (domain, challenge) = ("a.example", "uabcdef");
    for (name, changes) in [
        ("empty", json!({ "verifiableCredential": [] })),
        ("with an id", json!({ "id": "urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008" })),
        (
            "two contexts",
            json!({ "@context": [V2, EXAMPLES], "verifiableCredential": [inside(json!({}))] }),
        ),
        (
            "a class of its own",
            json!({ "@context": with_class("Kind"), "type": ["VerifiablePresentation", "Kind"], "holder": holder.did() }),
        ),
        ("two credentials", json!({ "verifiableCredential": [inside(json!({})), own] })),
        ("one credential that stands alone", json!({ "verifiableCredential": own })),
        (
            "a holder",
            json!({ "holder": holder.did(), "verifiableCredential": [inside(json!({}))] }),
        ),
        (
            "a holder that is an object",
            json!({ "holder": { "id": holder.did() }, "verifiableCredential": [inside(json!({}))] }),
        ),
        (
            "a credential of the holder about themselves",
            json!({ "holder": holder.did(), "verifiableCredential": [credential(json!({ "issuer": holder.did() }))] }),
        ),
    ] {
        let signed = holder.presents(&presentation(changes), domain, challenge);
        verified(name, profile.verify_presentation(&signed, json!({ "checks": [] })).await);
        let asked = json!({ "domain": domain, "challenge": challenge });
        verified(name, profile.verify_presentation(&signed, asked).await);
        rejected(name, profile.verify_presentation(&signed, json!({ "challenge": "other" })).await);
        rejected(
            name,
            profile.verify_presentation(&signed, json!({ "domain": "b.example" })).await,
        );
        for context in [json!("https://example.com"), json!("https ://not-an-address/v1"), json!(7)]
        {
            let mut broken = signed.clone();
            let contexts = broken["@context"].as_array_mut().unwrap();
            contexts.truncate(1);
            contexts.push(context);
            rejected(name, profile.verify_presentation(&broken, json!({})).await);
        }
        let mut broken = signed.clone();
        broken["proof"]["proofValue"] = "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh".into();
        rejected(name, profile.verify_presentation(&broken, json!({})).await);
        rejected(
            name,
            profile
                .verify_presentation(
                    &changed(signed.clone(), json!({ "@context": "(none)" })),
                    json!({}),
                )
                .await,
        );
        rejected(
            name,
            profile
                .verify_presentation(&changed(signed, json!({ "proof": "(none)" })), json!({}))
                .await,
        );
    }
    let mut forged = inside(json!({}));
    forged["credentialSubject"]["id"] = "did:example:other".into();
    for (name, changes) in [
        ("the base context not first", json!({ "@context": [EXAMPLES, V2] })),
        ("no base context", json!({ "@context": [EXAMPLES] })),
        ("no type", json!({ "type": "(none)" })),
        ("another type", json!({ "@context": [V2, EXAMPLES], "type": ["OtherPresentation"] })),
        ("a holder that did not sign", json!({ "holder": "did:example:acme" })),
        ("a holder that is no address", json!({ "holder": { "id": "somebody" } })),
        (
            "a holder without an id",
            json!({ "@context": [V2, EXAMPLES], "holder": { "name": "Somebody" } }),
        ),
        ("a forged credential", json!({ "verifiableCredential": [forged] })),
        (
            "a credential that is text",
            json!({ "verifiableCredential": ["https://a.example/credentials/1"] }),
        ),
        (
            "a credential without a type",
            json!({ "verifiableCredential": [inside(json!({ "type": "(none)" }))] }),
        ),
        (
            "an unsigned credential, and no holder",
            json!({ "verifiableCredential": [credential(json!({ "issuer": holder.did() }))] }),
        ),
        (
            "an unsigned credential of another",
            json!({ "holder": holder.did(), "verifiableCredential": [credential(json!({ "issuer": "did:example:other" }))] }),
        ),
        (
            "an envelope",
            json!({ "verifiableCredential": [{ "@context": V2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,e30.e30.x" }] }),
        ),
    ] {
        let signed = holder.presents(&presentation(changes), domain, challenge);
        rejected(name, profile.verify_presentation(&signed, json!({ "checks": [] })).await);
    }
    // A proof for everybody is no authentication.
    let asserted = holder.signed(&presentation(json!({})), RDFC);
    rejected("an assertion", profile.verify_presentation(&asserted, json!({})).await);
}

#[tokio::test]
async fn the_status_suite_finds_the_entry_the_list_and_the_bit() {
    let profile = Profile::start();
    let id = "urn:uuid:6b8a9a4e-0f6d-4d4e-8f0e-9a5d5f2c1b10";
    let issued = profile.issued(&credential(json!({ "id": id }))).await;
    let entry = &issued["credentialStatus"];
    let mut members: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["id", "statusListCredential", "statusListIndex", "statusPurpose", "type"]);
    assert_eq!(
        (&entry["type"], &entry["statusPurpose"]),
        (&json!("BitstringStatusListEntry"), &json!("revocation"))
    );
    let index: usize = text(&entry["statusListIndex"]).parse().unwrap();
    let url = text(&entry["statusListCredential"]);
    assert_ne!(entry["id"], entry["statusListCredential"]);

    let (status, list) = profile.send("GET", &url, Vec::new()).await;
    assert_eq!((status, &list["id"], &list["issuer"]), (200, &json!(url), &json!(profile.issuer)));
    assert_eq!(list["type"], json!(["VerifiableCredential", "BitstringStatusListCredential"]));
    verified("the list itself", profile.verify(&list, json!({})).await);
    assert_eq!(bit(&list, index), (16 * 1024, false));
    verified(
        "no options at all",
        profile.post("/credentials/verify", &json!({ "verifiableCredential": issued })).await,
    );

    let change = json!({ "credentialId": id, "credentialStatus": { "type": "BitstringStatusListEntry", "statusPurpose": "revocation" } });
    assert_eq!(profile.post("/credentials/status", &change).await.0, 200);
    let (_, list) = profile.send("GET", &url, Vec::new()).await;
    assert_eq!(bit(&list, index), (16 * 1024, true));
    for checks in [json!(["proof"]), json!(["proof", "credentialStatus"])] {
        let answer = profile.verify(&issued, json!({ "checks": checks })).await;
        assert_eq!(
            answer.1["type"],
            "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
        );
        rejected("revoked", answer);
    }
    let other = profile.issued(&credential(json!({}))).await;
    assert_ne!(other["credentialStatus"]["statusListIndex"], entry["statusListIndex"]);
    verified("another one", profile.verify(&other, json!({})).await);

    // The issuer's own word about somebody else's list is not checked, and says so; asked for, it is missing.
    let foreign = json!({ "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": "https://a.example/status/1" });
    let foreign = profile.issued(&credential(json!({ "credentialStatus": foreign }))).await;
    let answer = profile.verify(&foreign, json!({ "checks": ["proof"] })).await;
    assert_eq!(answer.1["warnings"].as_array().unwrap().len(), 1, "{}", answer.1);
    verified("a list elsewhere", answer);
    rejected("a list elsewhere", profile.verify(&foreign, json!({})).await);
    let outside = json!({ "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "131072", "statusListCredential": url });
    let outside = profile.issued(&credential(json!({ "credentialStatus": outside }))).await;
    let answer = profile.verify(&outside, json!({})).await;
    assert_eq!(answer.1["type"], "https://www.w3.org/TR/vc-data-model#RANGE_ERROR");
    rejected("an index outside", answer);
    let purpose = json!({ "type": "BitstringStatusListEntry", "statusPurpose": "suspension", "statusListIndex": "1", "statusListCredential": url });
    let purpose = profile.issued(&credential(json!({ "credentialStatus": purpose }))).await;
    rejected("another purpose", profile.verify(&purpose, json!({})).await);
    let borrowed = Outsider::new(7);
    let borrowed = borrowed.signed(
        &credential(
            json!({ "issuer": borrowed.did(), "credentialStatus": other["credentialStatus"] }),
        ),
        RDFC,
    );
    rejected("another issuer's list", profile.verify(&borrowed, json!({})).await);
}

/// Octets of the list, and whether the bit is set (bit 0 leftmost).
fn bit(list: &Value, index: usize) -> (usize, bool) {
    let encoded = text(&list["credentialSubject"]["encodedList"]);
    let compressed = URL_SAFE_NO_PAD.decode(encoded.strip_prefix('u').unwrap()).unwrap();
    let mut bits = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(compressed.as_slice()), &mut bits)
        .unwrap();
    (bits.len(), bits[index / 8] & (0x80 >> (index % 8)) != 0)
}

#[tokio::test]
async fn broken_requests_are_the_callers_affair() {
    let profile = Profile::start();
    for path in [
        "/credentials/issue",
        "/credentials/verify",
        "/presentations/verify",
        "/eddsa-jcs-2022/credentials/verify",
    ] {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{\"a\":1,\"a\":2}",
            "{}",
            "{\"credential\":7,\"verifiableCredential\":7,\"verifiablePresentation\":7}",
            "{\"credential\":{},\"verifiableCredential\":{},\"verifiablePresentation\":{},\"options\":7}",
        ] {
            let answer =
                profile.send("POST", &format!("{}{path}", profile.base), body.into()).await;
            rejected(&format!("{path} {body}"), answer);
        }
    }
    let unknown = profile.post("/ecdsa-rdfc-2019/credentials/issue", &json!({})).await;
    assert_eq!((unknown.0, &unknown.1["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn what_the_command_prints_is_what_a_suite_is_configured_with() {
    let profile = Profile::start();
    let implementation = &profile.implementation;
    for (list, tags) in [
        ("issuers", &["vc2.0", "eddsa-rdfc-2022", "eddsa-jcs-2022", "BitstringStatusList"][..]),
        ("verifiers", &["vc2.0", "eddsa-rdfc-2022", "eddsa-jcs-2022", "BitstringStatusList"]),
        ("vpVerifiers", &["vc2.0"]),
    ] {
        for tag in tags {
            let endpoints = implementation[list].as_array().unwrap().iter();
            let found: Vec<_> = endpoints
                .filter(|endpoint| endpoint["tags"].as_array().unwrap().contains(&json!(tag)))
                .collect();
            let [endpoint] = found.as_slice() else { panic!("{list} {tag}: {found:?}") };
            assert_eq!(endpoint["id"], profile.issuer);
            assert_eq!(endpoint["supports"]["vc"], json!(["1.1", "2.0"]));
            let (status, _) =
                profile.send("POST", &text(&endpoint["endpoint"]), b"{}".to_vec()).await;
            assert_eq!(status, 400, "{endpoint} answers");
        }
    }
    let (status, served) = profile.send("GET", &profile.base, Vec::new()).await;
    assert_eq!((status, &served), (200, implementation));
}
