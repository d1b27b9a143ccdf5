//! An independent judge in Rust: the `ssi` library, without a network.
//!
//! Reads one JSON object a line and answers each with one line. The contexts are the hub's embedded bytes; keys come
//! only from the DID documents handed in, for ssi's own did:web would fetch.
//!
//! - `{"did": <DID document>}` – learn an issuer; no answer.
//! - `{"verify": <document>, "name": …}` → `{"name": …, "answer": "valid" | "invalid" | "unreadable" | "timeout", "reason": …}`
//! - `{"sign": <draft>, "name": …, "method": <id of the key>, "jwk": <private key>}` → `{"name": …, "signed": <document>}`

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::mpsc;
use std::time::Duration;

use chrono::DateTime;
use iref::IriBuf;
use serde_json::{Value, json};
use ssi::claims::data_integrity::{AnySuite, CryptographicSuite, DataIntegrity, ProofOptions};
use ssi::claims::vc::v2::JsonCredential;
use ssi::claims::{SignatureEnvironment, VerificationParameters};
use ssi::dids::resolution::Output;
use ssi::dids::{DIDResolver, StaticDIDResolver, VerificationMethodDIDResolver};
use ssi::json_ld::ContextLoader;
use ssi::verification_methods::{AnyMethod, SingleSecretSigner};

/// Its canonicaliser takes half a minute for a credential of 4 KB where nodes have no ids.
const PATIENCE: Duration = Duration::from_secs(120);

const CONTEXTS: [(&str, &str); 4] = [
    (
        "https://www.w3.org/ns/credentials/v2",
        include_str!("../../../src/credential/contexts/credentials-v2.jsonld"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        include_str!("../../../src/credential/contexts/ob-v3p0-3.0.3.jsonld"),
    ),
    (
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        include_str!("../../../src/credential/contexts/ob-v3p0-extensions.jsonld"),
    ),
    (
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        include_str!("../../../src/credential/contexts/clr-v2p0-2.0.1.jsonld"),
    ),
];

fn main() {
    let mut issuers = StaticDIDResolver::new();
    for line in std::io::stdin().lock().lines() {
        let task: Value = serde_json::from_str(&line.expect("a line of text")).expect("a line of JSON");
        if let Some(did) = task.get("did") {
            let id = did["id"].as_str().expect("a DID document has an id");
            let content = Output::from_content(did.to_string().into_bytes(), Some("application/did+json".into()));
            issuers.insert(id.parse().expect("a DID"), content);
            continue;
        }
        let mut answer = in_time(task.clone(), issuers.clone());
        answer["name"] = task["name"].clone();
        println!("{answer}");
        std::io::stdout().flush().expect("somebody reads");
    }
}

/// Each task on a thread of its own: one that does not come back is left behind.
fn in_time(task: Value, issuers: StaticDIDResolver) -> Value {
    let (done, answer) = mpsc::channel();
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let answer = runtime.expect("a runtime of one thread").block_on(perform(&task, issuers));
        // Nobody listens any more where it took too long.
        let _ = done.send(answer);
    };
    // Its JSON-LD processor recurses deeply.
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread");
    match answer.recv_timeout(PATIENCE) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => json!({ "answer": "timeout" }),
        Err(mpsc::RecvTimeoutError::Disconnected) => json!({ "answer": "panic" }),
    }
}

async fn perform(task: &Value, issuers: StaticDIDResolver) -> Value {
    let resolver: VerificationMethodDIDResolver<_, AnyMethod> = issuers.into_vm_resolver();
    match (task.get("verify"), task.get("sign")) {
        (Some(document), _) => verify(document, resolver).await,
        (None, Some(draft)) => sign(draft, task, resolver).await,
        (None, None) => json!({ "answer": "unreadable", "reason": "no task" }),
    }
}

type Resolver = VerificationMethodDIDResolver<StaticDIDResolver, AnyMethod>;

async fn verify(document: &Value, resolver: Resolver) -> Value {
    let read: Result<DataIntegrity<JsonCredential, AnySuite>, _> =
        ssi::claims::data_integrity::from_json_str(&document.to_string());
    let credential = match read {
        Ok(credential) => credential,
        Err(error) => return json!({ "answer": "unreadable", "reason": error.to_string() }),
    };
    let now = DateTime::parse_from_rfc3339("2026-01-07T10:00:00Z").expect("a time").to_utc();
    let parameters = VerificationParameters::from_resolver(resolver)
        .with_json_ld_loader(contexts())
        .with_date_time(now);
    match credential.verify(&parameters).await {
        Ok(Ok(())) => json!({ "answer": "valid" }),
        Ok(Err(invalid)) => json!({ "answer": "invalid", "reason": invalid.to_string() }),
        Err(error) => json!({ "answer": "invalid", "reason": error.to_string() }),
    }
}

async fn sign(draft: &Value, task: &Value, resolver: Resolver) -> Value {
    let credential: JsonCredential = match serde_json::from_value(draft.clone()) {
        Ok(credential) => credential,
        Err(error) => return json!({ "answer": "unreadable", "reason": error.to_string() }),
    };
    let key: ssi::JWK = serde_json::from_value(task["jwk"].clone()).expect("a private key");
    let method = IriBuf::new(task["method"].as_str().expect("the id of the key").to_owned());
    let mut options = ProofOptions::from_method(method.expect("an IRI").into());
    options.created = Some("2026-01-05T10:00:00Z".parse::<ssi::xsd::DateTimeStamp>().expect("a time").into());
    let environment = SignatureEnvironment { json_ld_loader: contexts(), eip712_loader: () };
    let signer = SingleSecretSigner::new(key).into_local();
    let signed = AnySuite::EdDsaRdfc2022
        .sign_with(environment, credential, resolver, signer, options, Default::default())
        .await;
    match signed {
        Ok(signed) => json!({ "signed": signed }),
        Err(error) => json!({ "answer": "unreadable", "reason": error.to_string() }),
    }
}

fn contexts() -> ContextLoader {
    let known: HashMap<String, String> =
        CONTEXTS.iter().map(|(url, text)| ((*url).to_owned(), (*text).to_owned())).collect();
    ContextLoader::empty().with_context_map_from(known).expect("the contexts are JSON")
}
