//! Receipts of checks: what the hub found, signed with its own key. Nothing of them is kept.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;

use super::platform_key::{self, RECEIPTS};
use super::portfolio::locale;
use super::sealed::refuse_render;
use super::verify::{Presented, verify_presented};
use super::{App, Refusal};
use crate::blobs::Digest;
use crate::credential::receipt::{self, ReceiptFacts};
use crate::credential::verify::{Report, ReportKind};
use crate::domain::key::KeyState;
use crate::domain::member::Language;
use crate::keystore::{Algorithm, Keystore};
use crate::portfolio::check::TrustedSigner;
use crate::portfolio::receipt::ReceiptInput;
use crate::portfolio::sign::{self, SignatureFacts};
use crate::storage::{Database, PlatformKeyRow};

/// The key of receipts, and in whose name it signs.
pub(crate) struct Receipts {
    key: PlatformKeyRow,
    did: String,
}

impl Receipts {
    /// Take the platform's key, made now where there is none.
    pub(super) async fn load(
        database: &Database,
        keystore: &Keystore,
        did: String,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let key = platform_key::load(RECEIPTS, Algorithm::P256, database, keystore, now).await?;
        Ok(Self { key, did })
    }

    fn method(&self) -> String {
        format!("{}#{}", self.did, self.key.kid)
    }
}

/// Check what was presented, and say so in a signed receipt.
///
/// # Errors
/// `Invalid` for what is a receipt itself.
pub async fn receipt(presented: Presented, app: &App) -> Result<Value, Refusal> {
    let facts = ReceiptFacts {
        id: app.public_id(),
        issuer: app.receipts.did.clone(),
        form: presented.form(),
        digest: digest_sri(presented.octets()),
        octets: presented.octets().len(),
    };
    let report = verify_presented(presented, app).await?;
    if report.kind == ReportKind::Receipt {
        let message = "This is a receipt itself; there is no receipt of a receipt.";
        return Err(Refusal::field("document", "is_receipt", message));
    }
    let document = receipt::receipt(&report, &facts);
    let created = app.now().trunc_subsecs(0);
    let prepared = receipt::prepare(document, &app.receipts.method(), created);
    let signature = platform_key::sign(&app.receipts.key, prepared.message(), &app.keystore)?;
    prepared.attach(&signature, &app.receipts.key.public_key).map_err(Refusal::internal)
}

/// The same on paper: one page with the receipt attached, signed with the same key.
pub async fn on_paper(receipt: &Value, language: Language, app: &App) -> Result<Vec<u8>, Refusal> {
    let now = app.now().trunc_subsecs(0);
    let host = app.public_url.authority().to_owned();
    let input = ReceiptInput {
        attachment: serde_json::to_vec_pretty(receipt).map_err(Refusal::internal)?,
        verifier: format!("{host}/v"),
        hub: host,
        id: app.public_id(),
        created: now,
        locale: locale(language),
    };
    let rendered = app.renderer.render_receipt(input).await.map_err(refuse_render)?;
    let facts = SignatureFacts {
        signer_certificate: app.receipts.key.certificate.clone().unwrap_or_default(),
        chain: Vec::new(),
        signed_at: now,
        name: app.public_url.authority().to_owned(),
        reason: "Receipt of a check".to_owned(),
        location: None,
        contact: Some(format!("{}/v", app.public_url.as_str())),
        stampable: false,
    };
    let prepared = sign::prepare(rendered.pdf, &facts).map_err(Refusal::internal)?;
    let signature = platform_key::sign(&app.receipts.key, prepared.message(), &app.keystore)?;
    prepared.attach(&signature).map_err(Refusal::internal)
}

/// The DID document of the hub itself, with the key of its receipts.
pub fn did_document(app: &App) -> Value {
    let Receipts { key, did } = &app.receipts;
    receipt::did_document(did, &key.kid, &key.public_key)
}

/// The report on a receipt.
pub(super) fn judge(document: &Value, app: &App) -> Report {
    let Receipts { key, did } = &app.receipts;
    receipt::judge(document, did, &key.kid, &key.public_key, app.now())
}

/// Whose signature counts on the page of a receipt.
pub(super) fn trusted_signer(app: &App) -> TrustedSigner {
    let Receipts { key, .. } = &app.receipts;
    TrustedSigner {
        certificate_sha256: Digest::of(key.certificate.as_deref().unwrap_or_default()).0,
        college: String::new(),
        in_use_from: key.created_at,
        in_use_until: None,
        state: KeyState::Active,
    }
}

/// Subresource Integrity form, as a credential writes the digests of its evidence.
pub fn digest_sri(octets: &[u8]) -> String {
    use base64::Engine;
    let digest = Digest::of(octets);
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest.0))
}
