//! Verifying for anybody: documents of a college here by the hub's own strict report, others by the general rules.
//! Opens no outgoing connection.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::required;
use crate::app::{App, Refusal, verify};
use crate::credential::vc_api::{self, Findings, Flaw, FlawKind, MAX_CREDENTIALS, Options};
use crate::credential::verify::{Check, CheckId, CheckState, Knowledge, Report, Verdict};

/// How many documents are judged at once: reading anybody's JSON-LD takes the processor for a while, and approvals
/// are not to wait for it.
static ROOM: Semaphore = Semaphore::const_new(2);
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Judge the credential in a request.
pub async fn verify_credential(body: Value, app: &App) -> Result<Answer, Refusal> {
    let (document, options) = match asked(&body, "verifiableCredential") {
        Ok(asked) => asked,
        Err(flaw) => return Ok(flaw.into()),
    };
    let case = Case::of(&document, app).await?;
    let now = app.now();
    in_turn(move || case.judge(&document, &options, now)).await
}

/// Judge the presentation in a request, and every credential in it.
pub async fn verify_presentation(body: Value, app: &App) -> Result<Answer, Refusal> {
    let (document, options) = match asked(&body, "verifiablePresentation") {
        Ok(asked) => asked,
        Err(flaw) => return Ok(flaw.into()),
    };
    let mut cases = Vec::new();
    for credential in vc_api::credentials_of(&document).iter().take(MAX_CREDENTIALS) {
        cases.push(Case::of(credential, app).await?);
    }
    let now = app.now();
    in_turn(move || {
        let inside = |place: usize, credential: &Value| match cases.get(place) {
            Some(case) => case.judge(credential, &Options::default(), now),
            None => {
                Findings::refused(Flaw::malformed("the presentation holds too many credentials"))
            }
        };
        vc_api::presentation(&document, &options, &inside, now)
    })
    .await
}

/// Judge on a thread that may block, when there is room.
async fn in_turn(judge: impl FnOnce() -> Findings + Send + 'static) -> Result<Answer, Refusal> {
    let turn = tokio::time::timeout(PATIENCE, ROOM.acquire()).await.map_err(|_| Refusal::Busy)?;
    let turn = turn.map_err(Refusal::internal)?;
    let judged = tokio::task::spawn_blocking(move || {
        // Held for as long as the work takes, also when the client leaves.
        let _turn = turn;
        judge()
    });
    Ok(judged.await.map_err(Refusal::internal)?.into())
}

/// How a credential is to be judged.
enum Case {
    /// It names an issuer below this hub's address: by what the hub knows.
    Ours(Knowledge),
    /// By what it says itself.
    Anybodys,
}

impl Case {
    async fn of(document: &Value, app: &App) -> Result<Self, Refusal> {
        let issuer = vc_api::issuer_of(document).unwrap_or_default();
        if issuer.starts_with(&app.public_url.did("")) {
            Ok(Self::Ours(verify::gather(document, app).await?))
        } else {
            Ok(Self::Anybodys)
        }
    }

    fn judge(
        &self,
        document: &Value,
        options: &Options,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Findings {
        match self {
            Self::Ours(knowledge) => {
                let report = crate::credential::verify::verify(document, knowledge, now);
                let mut findings = findings(&report);
                // A college's proofs are assertions for everybody.
                findings.flaws.extend(options.refuses_assertion_for_everybody());
                findings
            }
            Self::Anybodys => vc_api::credential(document, options, &|_| None, now),
        }
    }
}

fn asked(body: &Value, name: &str) -> Result<(Value, Options), Flaw> {
    Ok((required(body, name)?.clone(), Options::read(body.get("options"))?))
}

/// The hub's report in the words of the VC-API.
fn findings(report: &Report) -> Findings {
    let mut findings =
        Findings { checks: vec!["proof", "credentialStatus"], ..Findings::default() };
    let holds = matches!(report.verdict, Verdict::Valid | Verdict::ValidWithRemark);
    for check in &report.checks {
        match check.state {
            CheckState::Fail => findings.flaws.push(flaw(check)),
            CheckState::Unknown if !holds => findings.flaws.push(flaw(check)),
            CheckState::Unknown | CheckState::Warn => findings.warnings.push(flaw(check)),
            CheckState::Pass | CheckState::NotApplicable => {}
        }
    }
    findings
}

fn flaw(check: &Check) -> Flaw {
    let kind = match check.id {
        CheckId::Format => FlawKind::MalformedValue,
        CheckId::Signature => FlawKind::ProofVerification,
        CheckId::Validity => FlawKind::Range,
        CheckId::Status => FlawKind::StatusVerification,
        CheckId::Issuer
        | CheckId::Record
        | CheckId::Evidence
        | CheckId::Nested
        | CheckId::Pdf
        | CheckId::Recipient => FlawKind::Cryptographic,
    };
    Flaw::new(kind, check.message.clone())
}
