//! What the pages of a portfolio say, out of the record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use serde_bytes::ByteBuf;

use super::material::{Chosen, ExportRequest, Material, local_day};
use crate::app::App;
use crate::blobs::Digest;
use crate::domain::ids::PortfolioId;
use crate::domain::member::Language;
use crate::portfolio::compose::{
    College, EvidenceRef, Item, Locale, Portfolio, PortfolioData, Signatory, Student, Verifier,
    by_category,
};
use crate::portfolio::render::RenderInput;
use crate::storage::{CollegeRow, EvidenceRow, PapersRow, StudentFacts};

/// What distinguishes one document from another of the same record.
pub(super) struct Particulars {
    pub(super) id: PortfolioId,
    pub(super) created: DateTime<Utc>,
    pub(super) record_hash: [u8; 32],
    pub(super) attachment: Vec<u8>,
    pub(super) qr_text: String,
}

/// The pictures of each chosen achievement; none where one is left out.
pub(super) type Pictures = Vec<Vec<Option<Vec<u8>>>>;

/// The whole input of the render worker.
pub(super) fn render_input(
    particulars: Particulars,
    pictures: Pictures,
    request: &ExportRequest,
    material: &Material,
    app: &App,
) -> RenderInput {
    let mut images = BTreeMap::new();
    let mut items = Vec::new();
    for (chosen, pictures) in material.chosen.iter().zip(pictures) {
        let evidence = chosen.files.iter().zip(pictures).map(|(file, picture)| {
            let path = picture.map(|bytes| {
                let path = format!("/ev/{}.jpg", images.len() + 1);
                images.insert(path.clone(), ByteBuf::from(bytes));
                path
            });
            evidence_ref(file, path)
        });
        let item = item(chosen, evidence.collect(), &material.college, app);
        items.push((chosen.facts.category_name.clone(), item));
    }
    let college = college_data(&material.college, &material.papers, &mut images);
    let slug = &material.college.slug;
    let data = PortfolioData {
        college,
        student: student_data(&material.student),
        portfolio: Portfolio {
            id: particulars.id.0,
            url: app.public_url.portfolio(slug, particulars.id.0),
            created_on: local_day(particulars.created),
            record_hash: hex::encode(particulars.record_hash),
            partial: material.partial,
            size: request.size,
        },
        sections: by_category(items),
        verifier: Verifier {
            address: format!("{}/v", app.public_url.authority()),
            issuer: app.public_url.did(slug),
            credential_key: Digest::of(&material.credential_key.public_key).to_string(),
            document_certificate: Digest::of(
                material.document_key.certificate.as_deref().unwrap_or_default(),
            )
            .to_string(),
        },
    };
    RenderInput {
        data,
        images,
        attachment: particulars.attachment,
        qr_text: particulars.qr_text,
        template: request.template.clone(),
        created: particulars.created,
        locale: locale(request.locale),
    }
}

/// The college as its documents show it; its pictures go among the others.
pub(in crate::app) fn college_data(
    row: &CollegeRow,
    papers: &PapersRow,
    images: &mut BTreeMap<String, ByteBuf>,
) -> College {
    let mut place = |stem: &str, bytes: &Option<Vec<u8>>, media_type: &Option<String>| {
        let extension = match media_type.as_deref()? {
            "image/png" => "png",
            "image/webp" => "webp",
            _ => "jpg",
        };
        let path = format!("/{stem}.{extension}");
        images.insert(path.clone(), ByteBuf::from(bytes.clone()?));
        Some(path)
    };
    let logo = place("logo", &row.logo, &row.logo_type);
    let seal = place("seal", &papers.seal, &papers.seal_type);
    let signatory = row.signatory_name.clone().zip(row.signatory_title.clone());
    College {
        name: row.name.clone(),
        name_native: row.name_native.clone(),
        native_language: row.name_native.as_deref().and_then(language_of_script),
        address: row.address.clone(),
        website: row.website.as_deref().map(without_scheme),
        colour: row.colour.clone(),
        footer: row.footer.clone(),
        signatory: signatory.map(|(name, title)| Signatory {
            name,
            title,
            signature: place("signature", &papers.signature, &papers.signature_type),
        }),
        logo,
        seal,
    }
}

/// The language of a layout's own words.
pub(in crate::app) fn locale(language: Language) -> Locale {
    match language {
        Language::English => Locale::En,
        Language::Hindi => Locale::Hi,
        Language::Tamil => Locale::Ta,
    }
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

fn evidence_ref(file: &EvidenceRow, image: Option<String>) -> EvidenceRef {
    let pdf = file.media_type == "application/pdf";
    let digest = hex::encode(if pdf { &file.sha256 } else { &file.rendition_sha256 });
    EvidenceRef {
        image,
        caption: file.caption.clone(),
        short_digest: digest[..16].to_owned(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
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

/// As one would say it: `college.example`.
fn without_scheme(address: &str) -> String {
    let bare = address.trim_start_matches("https://").trim_start_matches("http://");
    bare.trim_end_matches('/').to_owned()
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
