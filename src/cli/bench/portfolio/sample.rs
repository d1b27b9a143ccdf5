//! A portfolio of twelve achievements with four photographs, and a college that signs it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cli::bench::sample::Sample;
use crate::domain::key::KeyState;
use crate::portfolio::certificate::{
    AuthorityFacts, SignerFacts, prepare_authority, prepare_signer,
};
use crate::portfolio::check::TrustedSigner;
use crate::portfolio::compose::{
    EvidenceRef, Item, Locale, Portfolio, PortfolioData, Signatory, Size, Student, Verifier,
    by_category,
};
use crate::portfolio::render::RenderInput;
use crate::portfolio::sign::SignatureFacts;

/// Achievements in the document.
pub(super) const ITEMS: usize = 12;
/// Photographs in it.
pub(super) const PICTURES: usize = 4;

/// A college whose keys are at hand, as they never are in life.
pub(super) struct College {
    pub(super) key: SigningKey,
    pub(super) facts: SignatureFacts,
    pub(super) trusted: Vec<TrustedSigner>,
}

impl College {
    /// The same one every time.
    pub(super) fn new() -> anyhow::Result<Self> {
        let (authority_key, key) =
            (SigningKey::from_slice(&[3; 32])?, SigningKey::from_slice(&[4; 32])?);
        let from = issued_at() - TimeDelta::days(30);
        let until = issued_at() + TimeDelta::days(3650);
        let prepared = prepare_authority(&AuthorityFacts {
            college_name: NAME.into(),
            organisation: NAME.into(),
            country: "IN".into(),
            public_key: point(&authority_key),
            serial: [0x51; 16],
            valid_from: from,
            valid_until: until,
        })?;
        let signature: Signature = authority_key.sign(prepared.message());
        let authority = prepared.attach(&signature.to_bytes().into())?;
        let prepared = prepare_signer(&SignerFacts {
            college_name: NAME.into(),
            public_key: point(&key),
            serial: [0x52; 16],
            valid_from: from,
            valid_until: until,
            authority: authority.clone(),
            revocation_list: Some("https://hub.example/colleges/anna/revoked/authority.crl".into()),
        })?;
        let signature: Signature = authority_key.sign(prepared.message());
        let certificate = prepared.attach(&signature.to_bytes().into())?;
        let trusted = TrustedSigner {
            certificate_sha256: Sha256::digest(&certificate).into(),
            college: "anna".into(),
            in_use_from: from,
            in_use_until: None,
            state: KeyState::Active,
        };
        let facts = SignatureFacts {
            signer_certificate: certificate,
            chain: vec![authority],
            signed_at: issued_at(),
            name: NAME.into(),
            reason: "Portfolio of achievements approved by the college".into(),
            location: Some("Chennai".into()),
            contact: Some("https://anna.example".into()),
            stampable: false,
        };
        Ok(Self { key, facts, trusted: vec![trusted] })
    }
}

/// What the worker is given.
pub(super) fn input() -> anyhow::Result<RenderInput> {
    let credential = Sample::new().portfolio(ITEMS as u32)?.to_string().into_bytes();
    let mut images: BTreeMap<String, ByteBuf> = (1..=PICTURES)
        .map(|number| Ok((format!("/ev/{number}.jpg"), ByteBuf::from(photograph(number)?))))
        .collect::<anyhow::Result<_>>()?;
    images.insert("/logo.png".into(), ByteBuf::from(logo()?));
    let card = data_encoding::BASE32_NOPAD.encode(&noise(251));
    Ok(RenderInput {
        data: data(),
        images,
        attachment: credential,
        qr_text: format!("https://hub.example/v#{card}"),
        template: "classic".into(),
        created: issued_at(),
        locale: Locale::En,
    })
}

const NAME: &str = "Anna College of Engineering";

fn issued_at() -> DateTime<Utc> {
    Sample::new().issued_at()
}

fn point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

fn data() -> PortfolioData {
    let items = (1..=ITEMS).map(|number| {
        let category = ["Sports", "Technical", "Service"][number % 3];
        (category.to_owned(), item(number))
    });
    PortfolioData {
        college: crate::portfolio::compose::College {
            name: NAME.into(),
            name_native: Some("அண்ணா பொறியியல் கல்லூரி".into()),
            native_language: Some("ta".into()),
            address: Some("Sardar Patel Road, Chennai 600 025".into()),
            website: Some("anna.example".into()),
            colour: "#7a1f2b".into(),
            footer: None,
            signatory: Some(Signatory {
                name: "Dr. Meena Iyer".into(),
                title: "Controller of Examinations".into(),
                signature: None,
            }),
            logo: Some("/logo.png".into()),
            seal: None,
        },
        student: Student {
            name: "Kavya Subramanian".into(),
            name_native: Some("கவ்யா சுப்பிரமணியன்".into()),
            native_language: Some("ta".into()),
            programme: "B.E. Computer Science and Engineering".into(),
            department: "Computer Science and Engineering".into(),
            batch: "2023-2027".into(),
            roll_number: None,
            photo: None,
        },
        portfolio: Portfolio {
            id: Uuid::from_u128(9),
            url: format!("https://hub.example/colleges/anna/portfolios/{}", Uuid::from_u128(9)),
            created_on: day(20),
            record_hash: hex::encode(Sha256::digest(b"record")),
            partial: false,
            size: Size::Full,
        },
        sections: by_category(items),
        verifier: Verifier {
            address: "hub.example/v".into(),
            issuer: "did:web:hub.example:colleges:anna".into(),
            credential_key: hex::encode(Sha256::digest(b"key")),
            document_certificate: hex::encode(Sha256::digest(b"certificate")),
        },
    }
}

fn item(number: usize) -> Item {
    let evidence = (number <= PICTURES).then(|| EvidenceRef {
        image: Some(format!("/ev/{number}.jpg")),
        caption: Some("On the day of the final".into()),
        short_digest: "8d20e7a1".into(),
        name: format!("final-{number}.jpg"),
        media_type: "image/jpeg".into(),
    });
    let id = Uuid::from_u128(100 + number as u128);
    Item {
        title: format!("Smart India Hackathon, round {number}"),
        level: Some("national".into()),
        role: Some("Team leader".into()),
        outcome: Some("winner".into()),
        organiser: Some("Ministry of Education, Government of India".into()),
        team: Some("Neer".into()),
        started_on: Some(day(number as u32)),
        ended_on: Some(day(number as u32 + 1)),
        hours: Some(36),
        description: "A low-cost sensor for drinking water, designed, built and shown in the final round. The team wrote the firmware and the mobile application, and tested both in four villages.".into(),
        skills: vec!["Embedded systems".into(), "Teamwork".into()],
        credential_id: id,
        credential_url: Some(format!("https://hub.example/colleges/anna/credentials/{id}")),
        short_url: Some(format!(
            "https://hub.example/C/ANNA/{}",
            data_encoding::BASE32_NOPAD.encode(id.as_bytes())
        )),
        approver_department: "Computer Science and Engineering".into(),
        approved_on: day(20),
        evidence: evidence.into_iter().collect(),
    }
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 12, number).unwrap_or_default()
}

/// Smooth shapes with the grain of a small sensor: compresses about as a photograph does.
fn photograph(number: usize) -> anyhow::Result<Vec<u8>> {
    let grain = noise(1200 * 900);
    let picture = RgbImage::from_fn(1200, 900, |x, y| {
        let (x_, y_) = (f64::from(x) / 97.0, f64::from(y) / 61.0);
        let wave = (x_ + number as f64).sin() + (y_ * 1.3).cos() + (x_ * y_ / 9.0).sin();
        let grain = f64::from(grain[(y * 1200 + x) as usize]) / 24.0;
        let tone = |shift: f64| (128.0 + 36.0 * (wave + shift) + grain) as u8;
        image::Rgb([tone(0.0), tone(0.4), tone(-0.5)])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 80).encode_image(&picture)?;
    Ok(jpeg)
}

fn logo() -> anyhow::Result<Vec<u8>> {
    let picture = RgbImage::from_fn(256, 256, |x, y| {
        let (x, y) = (f64::from(x) - 128.0, f64::from(y) - 128.0);
        if x.hypot(y) < 120.0 { image::Rgb([122, 31, 43]) } else { image::Rgb([255, 255, 255]) }
    });
    let mut png = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut png))?;
    Ok(png)
}

/// The same bytes every time, without a pattern.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let draw = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(draw).collect()
}
