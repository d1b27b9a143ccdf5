//! Whether a credential or a presentation of anybody holds.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::model::{id_of, objects, type_names};
use super::proofs::{self, Expected};
use super::{Flaw, FlawKind, model, related, status};
use crate::credential::rdf;

/// How far a document's clock may run ahead of ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// Most credentials in one presentation.
pub const MAX_CREDENTIALS: usize = 50;

/// What a caller of the VC-API asks for beside the document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    purpose: Option<String>,
    domain: Option<Vec<String>>,
    challenge: Option<String>,
    checks: Option<Vec<String>>,
}

impl Options {
    /// Read `options`; members that mean nothing here are passed over, as the VC-API asks.
    pub fn read(options: Option<&Value>) -> Result<Self, Flaw> {
        let Some(options) = options else { return Ok(Self::default()) };
        let members =
            options.as_object().ok_or_else(|| Flaw::malformed("`options` is not an object"))?;
        let texts = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            some => {
                let list: Option<Vec<String>> =
                    objects(some).iter().map(|item| item.as_str().map(str::to_owned)).collect();
                list.map(Some)
                    .ok_or_else(|| Flaw::malformed(format!("`options.{name}` is not text")))
            }
        };
        let text = |name: &str| match texts(name)?.as_deref() {
            None => Ok(None),
            Some([one]) => Ok(Some(one.clone())),
            Some(_) => Err(Flaw::malformed(format!("`options.{name}` is not one text"))),
        };
        Ok(Self {
            purpose: text("expectedProofPurpose")?,
            domain: texts("domain")?,
            challenge: text("challenge")?,
            checks: texts("checks")?,
        })
    }

    /// Whether the caller asks for the status: where no checks are named, every one is meant.
    fn asks_for_status(&self) -> bool {
        self.checks.as_ref().is_none_or(|checks| {
            checks.iter().any(|check| check == "credentialStatus" || check == "status")
        })
    }

    /// What of this a proof does not meet that asserts something to everybody, with neither domain nor challenge.
    pub fn refuses_assertion_for_everybody(&self) -> Option<Flaw> {
        if self.purpose.as_deref().is_some_and(|purpose| purpose != "assertionMethod") {
            return Some(Flaw::proof("the proofs are for the purpose assertionMethod"));
        }
        if self.domain.as_deref().is_some_and(|domains| !domains.is_empty()) {
            return Some(Flaw::new(FlawKind::Domain, "the proofs were made for no domain"));
        }
        self.challenge
            .as_ref()
            .map(|_| Flaw::new(FlawKind::Challenge, "the proofs answer no challenge"))
    }

    fn expected<'a>(&'a self, purpose: &'a str) -> Expected<'a> {
        Expected {
            purpose: self.purpose.as_deref().unwrap_or(purpose),
            domain: self.domain.as_deref(),
            challenge: self.challenge.as_deref(),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Findings {
    /// What was looked at.
    pub checks: Vec<&'static str>,
    /// Why it does not hold.
    pub flaws: Vec<Flaw>,
    /// What is worth knowing besides.
    pub warnings: Vec<Flaw>,
}

impl Findings {
    /// Whether it holds.
    pub fn verified(&self) -> bool {
        self.flaws.is_empty()
    }

    /// A document that fails for one reason.
    pub fn refused(flaw: Flaw) -> Self {
        Self { flaws: vec![flaw], ..Self::default() }
    }
}

/// Judge a credential. `lists` knows the status lists that can be had without asking anybody.
pub fn credential(
    document: &Value,
    options: &Options,
    lists: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> Findings {
    match secured(document, options.expected("assertionMethod"), now, |document| {
        model::credential(document).map(|_| ())
    }) {
        Ok(controllers) => judge(document, &controllers, options, lists, now),
        Err(flaw) => Findings { checks: vec!["proof"], ..Findings::refused(flaw) },
    }
}

/// The credentials in a presentation.
pub fn credentials_of(presentation: &Value) -> &[Value] {
    objects(presentation.get("verifiableCredential"))
}

/// The id of the issuer that a credential names.
pub fn issuer_of(credential: &Value) -> Option<&str> {
    credential.get("issuer").and_then(id_of)
}

/// Judge a presentation, and with `judge_credential` (its place, and itself) every credential inside that has a proof of its own.
pub fn presentation(
    document: &Value,
    options: &Options,
    judge_credential: &dyn Fn(usize, &Value) -> Findings,
    now: DateTime<Utc>,
) -> Findings {
    let controllers =
        match secured(document, options.expected("authentication"), now, model::presentation) {
            Ok(controllers) => controllers,
            Err(flaw) => return Findings { checks: vec!["proof"], ..Findings::refused(flaw) },
        };
    let mut findings = Findings { checks: vec!["proof"], ..Findings::default() };
    let holder = document.get("holder").and_then(id_of);
    if holder.is_some_and(|holder| !controllers.iter().any(|controller| controller == holder)) {
        findings
            .flaws
            .push(Flaw::new(FlawKind::Cryptographic, "the holder did not sign the presentation"));
    }
    let credentials = credentials_of(document);
    if credentials.len() > MAX_CREDENTIALS {
        findings.flaws.push(Flaw::malformed("the presentation holds too many credentials"));
        return findings;
    }
    for (place, credential) in credentials.iter().enumerate() {
        let inside = if type_names(credential.get("type")).any(|name| name.starts_with("Enveloped"))
        {
            Findings::refused(Flaw::new(
                FlawKind::Cryptographic,
                "an enveloped credential is not read here: only embedded proofs are",
            ))
        } else if credential.get("proof").is_none() {
            self_asserted(credential, holder)
        } else {
            judge_credential(place, credential)
        };
        findings.flaws.extend(inside.flaws);
        findings.warnings.extend(inside.warnings);
    }
    findings
}

/// A credential that only the presentation secures is one of the holder about themselves, who must be named
/// (VC Data Model 2.0 §4.13.4).
fn self_asserted(credential: &Value, holder: Option<&str>) -> Findings {
    let kept = model::credential(credential).and_then(|_| Ok(rdf::general_hash(credential)?));
    match kept {
        Err(flaw) => Findings::refused(flaw),
        Ok(_) if holder.is_some() && id_of(&credential["issuer"]) == holder => Findings::default(),
        Ok(_) => Findings::refused(Flaw::new(
            FlawKind::Cryptographic,
            "a credential without a proof of its own is not one of the holder",
        )),
    }
}

/// Check rules, meaning and proofs of a document; yields who made the proofs.
fn secured(
    document: &Value,
    expected: Expected<'_>,
    now: DateTime<Utc>,
    rules: impl Fn(&Value) -> Result<(), Flaw>,
) -> Result<Vec<String>, Flaw> {
    // An object first: `proof: null` is a missing proof, and everything else a broken rule.
    let unsecured = proofs::unsecured(document);
    rules(&unsecured)?;
    let hash = rdf::general_hash(&unsecured)?;
    proofs::check(document, hash, expected, now)
}

fn judge(
    document: &Value,
    controllers: &[String],
    options: &Options,
    lists: &dyn Fn(&str) -> Option<Value>,
    now: DateTime<Utc>,
) -> Findings {
    let mut findings = Findings { checks: vec!["proof"], ..Findings::default() };
    let issuer = id_of(&document["issuer"]).unwrap_or_default();
    if !controllers.iter().any(|controller| controller == issuer) {
        let message = "no proof is by a key of the issuer";
        findings.flaws.push(Flaw::new(FlawKind::Cryptographic, message));
    }
    let (from, until) = model::validity(document);
    if from.is_some_and(|from| from > now + SKEW) {
        findings.flaws.push(Flaw::new(FlawKind::Range, "the credential is not valid yet"));
    }
    if until.is_some_and(|until| until < now) {
        findings.flaws.push(Flaw::new(FlawKind::Range, "the credential is no longer valid"));
    }
    if status::has_entries(document) {
        let asked = options.asks_for_status();
        if asked {
            findings.checks.push("credentialStatus");
        }
        for flaw in status::check(document, lists, now) {
            // A list that cannot be had is no fault where nobody asked for the status.
            if flaw.kind == FlawKind::StatusRetrieval && !asked {
                findings.warnings.push(flaw);
            } else {
                findings.flaws.push(flaw);
            }
        }
    }
    for id in related::unknown(document) {
        let message = format!("the digest of {id} was not compared: nothing is fetched");
        findings.warnings.push(Flaw::new(FlawKind::Cryptographic, message));
    }
    findings
}
