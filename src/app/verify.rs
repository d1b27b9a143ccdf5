//! Public verification: find the credential, gather what the hub knows of it, and let the pure check decide.
//!
//! Opens no outgoing connection: a document of an issuer that is not here gets what can be said offline.

use std::sync::LazyLock;

use serde_json::Value;
use uuid::Uuid;

use super::authenticate::word;
use super::turns::Turns;
use super::{App, Refusal, issuance_log, measure, receipts};
use crate::blobs::Digest;
use crate::credential::lint::Kind;
use crate::credential::verify::{
    Check, CheckId, CheckState, IssuerRecord, KeyRecord, Knowledge, RecordEntry, RecordStatus,
    ReportKind, card_references, references, verify, verify_compact,
};
use crate::credential::{self, compact, receipt};
use crate::domain::ids::CollegeId;
use crate::domain::key::KeyState;
use crate::portfolio::check::{self, Finding, PdfReport, TrustedSigner};
use crate::portfolio::sign::Level;
use crate::storage::{CollegeRow, PublicKeyRow, RecordRow, TenantTx};

pub use crate::credential::verify::Report;

/// Most octets of a document to verify: a portfolio with sixty pictures fits.
pub const MAX_DOCUMENT: usize = 40 * 1024 * 1024;

/// Anybody may ask for verification: it must not take the processors from everything else.
static TURNS: LazyLock<Turns> = LazyLock::new(Turns::for_this_machine);

/// What somebody wants checked.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A PDF file.
    Pdf(Vec<u8>),
    /// A credential as JSON.
    Json(Vec<u8>),
    /// The text of a QR code, or an address of this hub.
    Text(String),
}

impl Presented {
    /// By content: what a browser says of a dropped file is often wrong.
    pub fn sniff(bytes: Vec<u8>) -> Self {
        let head = &bytes[..bytes.len().min(1024)];
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if head.windows(5).any(|window| window == b"%PDF-") {
            Self::Pdf(bytes)
        } else if first == Some(&b'{') {
            Self::Json(bytes)
        } else {
            Self::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
    }

    /// `pdf`, `json` or `text`.
    pub fn form(&self) -> &'static str {
        match self {
            Self::Pdf(_) => "pdf",
            Self::Json(_) => "json",
            Self::Text(_) => "text",
        }
    }

    /// What was handed in.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Pdf(bytes) | Self::Json(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }
}

/// The report on whatever was presented.
pub async fn verify_presented(presented: Presented, app: &App) -> Result<Report, Refusal> {
    let form = presented.form();
    let report = match presented {
        Presented::Pdf(bytes) => verify_pdf(bytes, app).await,
        Presented::Json(bytes) => verify_json(&bytes, app).await,
        Presented::Text(text) => verify_text(text.trim(), app).await,
    }?;
    measure::count_verdict(form, report.verdict);
    Ok(report)
}

/// The report on a credential at its public address; a closed one is not there.
pub async fn verify_stored(slug: &str, id: Uuid, app: &App) -> Result<Report, Refusal> {
    let document = super::publish::credential_document(slug, id, app).await?;
    let report = verify_json(document.as_bytes(), app).await?;
    measure::count_verdict("address", report.verdict);
    Ok(report)
}

/// The report on something that this hub published itself, such as a status list.
pub(crate) async fn judge_published(document: &Value, app: &App) -> Result<Report, Refusal> {
    Ok(verify(document, &gather(document, app).await?, app.now()))
}

async fn verify_json(bytes: &[u8], app: &App) -> Result<Report, Refusal> {
    let document = match credential::parse(bytes) {
        Ok(document) => document,
        Err(error) => return Ok(Report::unreadable(error.code(), error.to_string(), app.now())),
    };
    if receipt::is_receipt(&document) {
        return Ok(receipts::judge(&document, app));
    }
    let knowledge = gather(&document, app).await?;
    let now = app.now();
    let report = TURNS.take(move || verify(&document, &knowledge, now)).await?;
    Ok(report.unwrap_or_else(|| Report::unfinished(now)))
}

async fn verify_pdf(bytes: Vec<u8>, app: &App) -> Result<Report, Refusal> {
    let digest = Digest::of(&bytes);
    let found = TURNS.take(move || {
        let attachment = check::attachment(&bytes);
        (bytes, attachment)
    });
    let Some((bytes, attachment)) = found.await? else {
        return Ok(Report::unfinished(app.now()));
    };
    let Some(attachment) = attachment else {
        let message = "This PDF holds no credential. If it is a portfolio that a website has saved anew, scan the QR code printed in it instead.";
        return Ok(Report::unreadable("no_credential_in_pdf", message, app.now()));
    };
    let mut report = verify_json(&attachment, app).await?;
    let trusted = match &report.issuer {
        _ if report.kind == ReportKind::Receipt => vec![receipts::trusted_signer(app)],
        Some(issuer) => trusted_signers(issuer.slug.as_deref(), app).await?,
        None => Vec::new(),
    };
    let issued = issued_file(report.id.as_deref(), app).await?;
    let timestamper = app.timestamper.clone();
    let checking = move || {
        let stamped_at = |token: &[u8], digest: &[u8; 32]| {
            timestamper.as_ref().and_then(|known| known.check(token, digest).ok())
        };
        check::check(&bytes, &trusted, &stamped_at)
    };
    let Some(checked) = TURNS.take(checking).await? else {
        return Ok(Report::unfinished(app.now()));
    };
    report.push(pdf_check(&checked, issued.as_ref(), digest));
    Ok(report)
}

async fn verify_text(text: &str, app: &App) -> Result<Report, Refusal> {
    if let Some((slug, kind, id)) = own_address(text, app) {
        let document = match kind {
            "credentials" => super::publish::credential_document(&slug, id, app).await,
            _ => super::publish::portfolio_document(&slug, id, app).await,
        };
        return match document {
            Ok(document) => verify_json(document.as_bytes(), app).await,
            Err(Refusal::NotFound) => Ok(Report::unreadable(
                "no_such_document",
                "There is no such document here, or its owner has closed it.",
                app.now(),
            )),
            Err(other) => Err(other),
        };
    }
    let card = text.rsplit('#').next().unwrap_or_default();
    let Ok(card) = compact::from_base32(card.trim()) else {
        let message =
            "This is neither a credential, nor the text of a QR code, nor an address of this hub.";
        return Ok(Report::unreadable("unreadable", message, app.now()));
    };
    let mut knowledge = Knowledge::default();
    if let Some(references) = card_references(&card) {
        learn_issuer(&references.issuer, &mut knowledge, app).await?;
        if let Some(slug) =
            knowledge.issuers.get(&references.issuer).map(|issuer| issuer.slug.clone())
        {
            let id = app.public_url.portfolio(&slug, references.portfolio_id);
            learn_record(&id, &mut knowledge, app).await?;
        }
    }
    Ok(verify_compact(&card, &knowledge, app.now()))
}

/// Everything the hub knows about a document and what is inside it.
pub(crate) async fn gather(document: &Value, app: &App) -> Result<Knowledge, Refusal> {
    let references = references(document);
    let mut knowledge = Knowledge::default();
    for did in &references.issuers {
        learn_issuer(did, &mut knowledge, app).await?;
    }
    for id in &references.ids {
        learn_record(id, &mut knowledge, app).await?;
    }
    Ok(knowledge)
}

async fn learn_issuer(did: &str, knowledge: &mut Knowledge, app: &App) -> Result<(), Refusal> {
    if knowledge.issuers.contains_key(did) {
        return Ok(());
    }
    let Some(slug) = did.strip_prefix(&app.public_url.did("")) else { return Ok(()) };
    let Some(college) = app.database.find_college(slug).await? else { return Ok(()) };
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    let keys = tx.public_keys().await?;
    tx.commit().await?;
    knowledge.issuers.insert(did.to_owned(), issuer_record(did, &college, &keys)?);
    Ok(())
}

fn issuer_record(
    did: &str,
    college: &CollegeRow,
    keys: &[PublicKeyRow],
) -> Result<IssuerRecord, Refusal> {
    // The log's key too, though it may sign no document: "of the wrong kind" says more than "unknown".
    let ed25519_keys = keys.iter().filter(|key| key.public_key.len() == 32);
    let keys: Result<Vec<KeyRecord>, Refusal> = ed25519_keys
        .map(|key| {
            Ok(KeyRecord {
                id: format!("{did}#{}", key.kid),
                public_key: super::keys::ed25519_public(&key.public_key)?,
                state: word(&key.state)?,
                compromised_since: key.compromised_since,
                purpose: word(&key.purpose)?,
            })
        })
        .collect();
    Ok(IssuerRecord {
        did: did.to_owned(),
        slug: college.slug.clone(),
        name: college.name.clone(),
        logo_url: college.logo.as_ref().map(|_| format!("/api/colleges/{}/logo", college.slug)),
        suspended: college.state != "active",
        keys: keys?,
    })
}

async fn learn_record(id: &str, knowledge: &mut Knowledge, app: &App) -> Result<(), Refusal> {
    let Some((slug, _, uuid)) = own_address(id, app) else { return Ok(()) };
    let Some(college) = app.database.find_college(&slug).await? else { return Ok(()) };
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    let rows = tx.records(uuid).await?;
    let mut entry = record_entry(&rows, &slug, app)?;
    // Who witnessed the log matters only where a key was stolen; nobody else pays for looking it up.
    let issuer = knowledge.issuers.get(&app.public_url.did(&slug));
    let stolen = issuer
        .is_some_and(|issuer| issuer.keys.iter().any(|key| key.state == KeyState::Compromised));
    if let Some(entry) = entry.as_mut().filter(|_| stolen) {
        for (row, hash) in rows.iter().zip(&entry.generations) {
            let seen = issuance_log::witnessed_at(row.log_index, hash, &mut tx, app).await?;
            entry.witnessed_at.push(seen);
        }
    }
    tx.commit().await?;
    if rows.last().is_some_and(|row| row.list_disagrees) {
        knowledge.disagreements.insert(id.to_owned());
    }
    if let Some(entry) = entry {
        knowledge.records.insert(id.to_owned(), entry);
    }
    Ok(())
}

fn record_entry(rows: &[RecordRow], slug: &str, app: &App) -> Result<Option<RecordEntry>, Refusal> {
    let Some(last) = rows.last() else { return Ok(None) };
    let generations: Result<Vec<[u8; 32]>, _> =
        rows.iter().map(|row| row.record_hash.as_slice().try_into()).collect();
    let at = last.revoked_at.unwrap_or(last.issued_at);
    let status = match last.status.as_deref() {
        Some("active" | "pending_issue") => RecordStatus::Active,
        Some("superseded") => RecordStatus::Superseded {
            at,
            by_url: last
                .successor
                .map(|id| app.public_url.credential(slug, id))
                .unwrap_or_default(),
        },
        // A portfolio falls with a credential inside it; the reason stands there.
        Some("revoked") => RecordStatus::Revoked {
            at,
            reason: last.revoke_reason.clone().unwrap_or_else(|| "contains_revoked".to_owned()),
        },
        other => {
            return Err(Refusal::internal(anyhow::anyhow!(
                "a record has no known status: {other:?}"
            )));
        }
    };
    Ok(Some(RecordEntry {
        kind: if last.kind == "portfolio" { Kind::Portfolio } else { Kind::Achievement },
        generations: generations.map_err(Refusal::internal)?,
        status,
        recorded_at: last.issued_at,
        witnessed_at: Vec::new(),
    }))
}

/// Document certificates that the register knows of this college, with the time each was in use.
async fn trusted_signers(slug: Option<&str>, app: &App) -> Result<Vec<TrustedSigner>, Refusal> {
    let Some(slug) = slug else { return Ok(Vec::new()) };
    let Some(college) = app.database.find_college(slug).await? else { return Ok(Vec::new()) };
    let mut tx: TenantTx = app.database.tenant(CollegeId(college.id)).await?;
    let keys = tx.public_keys().await?;
    tx.commit().await?;
    let documents = keys.into_iter().filter(|key| key.purpose == super::keys::DOCUMENTS);
    Ok(documents
        .filter_map(|key| {
            Some(TrustedSigner {
                certificate_sha256: Digest::of(key.certificate.as_deref()?).0,
                college: slug.to_owned(),
                in_use_from: key.activated_at.unwrap_or(key.created_at),
                in_use_until: [key.compromised_since, key.frozen_at, key.retired_at]
                    .into_iter()
                    .flatten()
                    .min(),
                state: key.state.parse().ok()?,
            })
        })
        .collect())
}

/// The file that was issued as a portfolio.
struct IssuedFile {
    digest: Digest,
    level: Level,
}

/// The file that was issued as this portfolio.
async fn issued_file(id: Option<&str>, app: &App) -> Result<Option<IssuedFile>, Refusal> {
    let Some((slug, _, uuid)) = id.and_then(|id| own_address(id, app)) else { return Ok(None) };
    let Some(college) = app.database.find_college(&slug).await? else { return Ok(None) };
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    let rows = tx.records(uuid).await?;
    tx.commit().await?;
    let Some(row) = rows.last() else { return Ok(None) };
    let (Some(digest), Some(level)) = (&row.file_sha256, &row.signature_level) else {
        return Ok(None);
    };
    let digest: [u8; 32] = digest.as_slice().try_into().map_err(Refusal::internal)?;
    Ok(Some(IssuedFile {
        digest: Digest(digest),
        level: level.parse().map_err(Refusal::internal)?,
    }))
}

fn pdf_check(report: &PdfReport, issued: Option<&IssuedFile>, digest: Digest) -> Check {
    let exactly_issued = issued.is_some_and(|issued| issued.digest == digest);
    let said = match report.integrity() {
        // The authority is not among those known here any more; the record knows the bytes.
        Err(Finding::SignatureTimestamp | Finding::DocumentTimestamp) if exactly_issued => Ok(()),
        said => said,
    };
    let check = match said {
        Ok(()) if report.key_state == Some(KeyState::Frozen) => Check::new(
            CheckId::Pdf,
            CheckState::Warn,
            "key_frozen",
            "The file was not changed, but the college has stopped using the key that signed it while it looks into it.",
        ),
        Ok(()) if exactly_issued => Check::new(
            CheckId::Pdf,
            CheckState::Pass,
            "exactly_issued",
            "The file is, octet for octet, the one the college issued.",
        ),
        Ok(()) if issued.is_some() => Check::new(
            CheckId::Pdf,
            CheckState::Warn,
            "pdf_not_as_issued",
            "The college signed every page of this file, but time-stamps or validation data were added to it or taken from it since.",
        ),
        Ok(()) => Check::new(
            CheckId::Pdf,
            CheckState::Pass,
            "ok",
            "The file was signed by the college and not changed since.",
        ),
        Err(finding) => {
            Check::new(CheckId::Pdf, CheckState::Fail, finding.code(), finding.sentence())
        }
    };
    let level = report.level.or(issued.filter(|_| exactly_issued).map(|issued| issued.level));
    let said = match (level, check.state) {
        (Some(level), CheckState::Pass | CheckState::Warn) => carries(level),
        _ => return check,
    };
    let message = format!("{} {said}", check.message);
    let (level, at) = (level.map(|level| level.to_string()), report.stamped_at);
    Check { message, level, at, ..check }
}

/// What a signature's level means, in a sentence.
fn carries(level: Level) -> &'static str {
    match level {
        Level::Basic => "The time of signing is what the college's hub says.",
        Level::Stamped => "A time-stamping authority saw the signature.",
        Level::LongTerm => {
            "A time-stamping authority saw the signature, and the file holds what it takes to check it later."
        }
        Level::Archive => {
            "A time-stamping authority saw the signature and the whole file, which holds what it takes to check it later."
        }
    }
}

/// The parts of an address of this hub: slug, `credentials` or `portfolios`, and the id. Case does not matter.
fn own_address(text: &str, app: &App) -> Option<(String, &'static str, Uuid)> {
    let lower = text.trim().to_ascii_lowercase();
    let path = lower.strip_prefix(&app.public_url.as_str().to_ascii_lowercase())?;
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match parts.as_slice() {
        ["", "colleges", slug, kind @ ("credentials" | "portfolios"), id] => {
            let kind = if *kind == "credentials" { "credentials" } else { "portfolios" };
            Some(((*slug).to_owned(), kind, id.strip_suffix(".pdf").unwrap_or(id).parse().ok()?))
        }
        ["", "c", slug, short] => {
            Some(((*slug).to_owned(), "credentials", super::publish::long_id(short)?))
        }
        _ => None,
    }
}
