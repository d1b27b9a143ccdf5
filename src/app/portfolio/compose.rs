//! What the pages of a portfolio say, out of the record.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use data_encoding::BASE32_NOPAD;
use serde_json::Value;

use super::export::ExportRequest;
use crate::app::{App, Refusal};
use crate::blobs::Digest;
use crate::credential::proof;
use crate::domain::ids::{CollegeId, PortfolioId};
use crate::domain::member::Language;
use crate::portfolio::compose::{
    College, EvidenceRef, Item, Locale, Portfolio, PortfolioData, Signatory, Student, Verifier,
    by_category,
};
use crate::portfolio::render::RenderInput;
use crate::storage::{
    CollegeRow, CredentialFacts, CredentialRow, EvidenceRow, KeyRow, StudentFacts,
};

/// The layouts there are.
pub(super) const LAYOUTS: [&str; 1] = ["classic"];
/// Colleges of this deployment keep Indian time: UTC+05:30.
const COLLEGE_TIME: i32 = 19_800;
/// Pictures beyond this number are printed small, so that a file can still be sent by mail.
const LARGE_PICTURES: usize = 8;

/// An approved achievement with its files.
pub(super) struct Chosen {
    pub(super) credential: CredentialRow,
    pub(super) facts: CredentialFacts,
    pub(super) files: Vec<EvidenceRow>,
}

/// Everything the pages are made of.
pub(super) struct Parts<'a> {
    pub(super) college: &'a CollegeRow,
    pub(super) student: &'a StudentFacts,
    pub(super) chosen: &'a [Chosen],
    pub(super) partial: bool,
    pub(super) credential_key: &'a KeyRow,
    pub(super) document_key: &'a KeyRow,
}

/// The whole input of the render worker.
#[expect(clippy::too_many_arguments, reason = "one call site, and each is a different thing")]
pub(super) async fn render_input(
    id: PortfolioId,
    request: &ExportRequest,
    parts: &Parts<'_>,
    document: &Value,
    attachment: Vec<u8>,
    qr_text: String,
    created: DateTime<Utc>,
    college: CollegeId,
    app: &App,
) -> Result<RenderInput, Refusal> {
    let mut images = BTreeMap::new();
    let mut items = Vec::new();
    for chosen in parts.chosen {
        let mut evidence = Vec::new();
        for file in &chosen.files {
            let position = images.len() + 1;
            let digest = if images.len() < LARGE_PICTURES {
                &file.rendition_sha256
            } else {
                &file.thumb_sha256
            };
            let path = format!("/ev/{position}.jpg");
            images.insert(
                path.clone(),
                serde_bytes::ByteBuf::from(picture(digest, college, app).await?),
            );
            evidence.push(evidence_ref(file, path));
        }
        items
            .push((chosen.facts.category_name.clone(), item(chosen, evidence, parts.college, app)));
    }
    let mut college_data = college_data(parts.college);
    if let (Some(logo), Some(media_type)) = (&parts.college.logo, &parts.college.logo_type) {
        let path = format!("/logo.{}", if media_type == "image/png" { "png" } else { "jpg" });
        images.insert(path.clone(), serde_bytes::ByteBuf::from(logo.clone()));
        college_data.logo = Some(path);
    }
    let data = PortfolioData {
        college: college_data,
        student: student_data(parts.student),
        portfolio: Portfolio {
            id: id.0,
            url: app.public_url.portfolio(&parts.college.slug, id.0),
            created_on: local_day(created),
            record_hash: hex::encode(proof::record_hash(document)),
            partial: parts.partial,
        },
        sections: by_category(items),
        verifier: Verifier {
            address: format!("{}/v", app.public_url.authority()),
            issuer: app.public_url.did(&parts.college.slug),
            credential_key: Digest::of(&parts.credential_key.public_key).to_string(),
            document_certificate: Digest::of(
                parts.document_key.certificate.as_deref().unwrap_or_default(),
            )
            .to_string(),
        },
    };
    Ok(RenderInput {
        data,
        images,
        attachment,
        qr_text,
        template: request.template.clone(),
        created,
        locale: locale(request.locale),
    })
}

fn item(chosen: &Chosen, evidence: Vec<EvidenceRef>, college: &CollegeRow, app: &App) -> Item {
    let facts = &chosen.facts;
    let id = chosen.credential.id;
    let open = chosen.credential.visibility != "closed";
    let short = format!(
        "{}/C/{}/{}",
        app.public_url.as_str(),
        college.slug.to_uppercase(),
        BASE32_NOPAD.encode(id.as_bytes())
    );
    Item {
        title: facts.title.clone(),
        level: facts.level.clone(),
        role: facts.role.clone(),
        outcome: facts.outcome.clone(),
        organiser: Some(facts.organiser.clone()).filter(|organiser| !organiser.is_empty()),
        team: None,
        started_on: facts.started_on,
        ended_on: facts.ended_on,
        hours: facts.hours.and_then(|hours| u32::try_from(hours).ok()),
        description: facts.description.clone(),
        skills: facts.skills.clone(),
        credential_id: id,
        credential_url: open.then(|| app.public_url.credential(&college.slug, id)),
        short_url: open.then_some(short),
        approver_department: facts.department.clone(),
        approved_on: local_day(chosen.credential.created_at),
        evidence,
    }
}

fn evidence_ref(file: &EvidenceRow, path: String) -> EvidenceRef {
    let pdf = file.media_type == "application/pdf";
    let digest = hex::encode(if pdf { &file.sha256 } else { &file.rendition_sha256 });
    EvidenceRef {
        image: Some(path),
        caption: file.caption.clone(),
        short_digest: digest[..16].to_owned(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
    }
}

async fn picture(digest: &[u8], college: CollegeId, app: &App) -> Result<Vec<u8>, Refusal> {
    let digest = digest
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?;
    app.blobs.read(college, Digest(digest)).await.map_err(Refusal::internal)
}

fn college_data(row: &CollegeRow) -> College {
    let signatory = row.signatory_name.clone().zip(row.signatory_title.clone());
    College {
        name: row.name.clone(),
        name_native: row.name_native.clone(),
        native_language: row.name_native.as_deref().and_then(language_of_script),
        address: row.address.clone(),
        website: row.website.clone(),
        colour: row.colour.clone(),
        footer: row.footer.clone(),
        signatory: signatory.map(|(name, title)| Signatory { name, title }),
        logo: None,
        seal: None,
    }
}

fn student_data(facts: &StudentFacts) -> Student {
    Student {
        name: facts.full_name.clone(),
        name_native: facts.full_name_native.clone(),
        native_language: facts.native_language.clone(),
        programme: facts.programme.clone().unwrap_or_default(),
        department: facts.department.clone().unwrap_or_default(),
        batch: facts.batch.clone().unwrap_or_default(),
        // The pages are shown around: what is not signed is not printed either.
        roll_number: None,
        photo: None,
    }
}

/// The language a name is shaped in, by its script.
fn language_of_script(text: &str) -> Option<String> {
    let tag = text.chars().find_map(|letter| match letter {
        '\u{0900}'..='\u{097f}' => Some("hi"),
        '\u{0b80}'..='\u{0bff}' => Some("ta"),
        _ => None,
    });
    tag.map(str::to_owned)
}

fn local_day(time: DateTime<Utc>) -> NaiveDate {
    let zone = FixedOffset::east_opt(COLLEGE_TIME).expect("less than a day");
    time.with_timezone(&zone).date_naive()
}

fn locale(language: Language) -> Locale {
    match language {
        Language::English => Locale::En,
        Language::Hindi => Locale::Hi,
        Language::Tamil => Locale::Ta,
    }
}
