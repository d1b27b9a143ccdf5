//! The demo's showcase students as documents: what a portfolio really looks like.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::{NaiveDate, TimeZone, Utc};
use hub::cli::demo::content::{DemoAchievement, DemoCollege, DemoState, content};
use hub::cli::demo::evidence::evidence;
use hub::portfolio::compose::{
    College, EvidenceRef, Item, Locale, Portfolio, PortfolioData, Signatory, Size, Student,
    Verifier, by_category,
};
use hub::portfolio::evidence::{Rendition, normalise, sniff};
use hub::portfolio::render::{LAYOUTS, RenderInput, render};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where `pictures_of_every_layout` leaves its files.
const PICTURES_TO: &str = "HUB_PICTURES_TO";

static COLLEGES: LazyLock<Vec<(DemoCollege, Vec<Shown>)>> = LazyLock::new(|| {
    content(2026)
        .colleges
        .into_iter()
        .map(|college| {
            let shown = college.achievements.iter().filter(|item| {
                item.student == college.showcase && matches!(item.state, DemoState::Approved { .. })
            });
            let shown = shown.map(Shown::of).collect();
            (college, shown)
        })
        .collect()
});

/// An approved achievement with what is shown of its files.
struct Shown {
    achievement: DemoAchievement,
    files: Vec<(String, &'static str, Rendition)>,
}

impl Shown {
    fn of(achievement: &DemoAchievement) -> Self {
        let files = achievement.evidence.iter().map(|item| {
            let (name, media_type, bytes) = evidence(item);
            let kind = sniff(&bytes).unwrap();
            (name, media_type, normalise(&bytes, kind).unwrap())
        });
        Self { achievement: achievement.clone(), files: files.collect() }
    }
}

/// The portfolio of a demo college's showcase student.
pub(crate) fn showcase(college: usize, template: &str, locale: Locale) -> RenderInput {
    let (college, shown) = &COLLEGES[college];
    let student = college.members.iter().find(|member| member.email == college.showcase).unwrap();
    let enrolment = student.enrolment.as_ref().unwrap();
    let programme =
        college.programmes.iter().find(|entry| entry.code == enrolment.programme).unwrap();
    let department =
        college.departments.iter().find(|entry| entry.code == programme.department).unwrap();
    let categories = content(2026).categories;
    let mut images = BTreeMap::new();
    let items: Vec<(String, Item)> = shown
        .iter()
        .enumerate()
        .map(|(index, shown)| {
            let category =
                categories.iter().find(|entry| entry.code == shown.achievement.category).unwrap();
            let files = shown
                .files
                .iter()
                .map(|(name, media_type, rendition)| {
                    let path = format!("/ev/{}.jpg", images.len() + 1);
                    let jpeg = if images.len() < 12 { &rendition.print } else { &rendition.thumb };
                    images.insert(path.clone(), ByteBuf::from(jpeg.clone()));
                    EvidenceRef {
                        image: Some(path),
                        caption: None,
                        short_digest: hex::encode(Sha256::digest(&rendition.jpeg))[..16].to_owned(),
                        name: name.clone(),
                        media_type: (*media_type).to_owned(),
                    }
                })
                .collect();
            (
                category.name.clone(),
                item(index, &shown.achievement, files, college, &department.name),
            )
        })
        .collect();
    let id = Uuid::from_u128(0x5b0f_6f0e_3f86_4d6f_9a55_0c8c_2a3f_4e11);
    RenderInput {
        data: PortfolioData {
            college: College {
                name: college.name.clone(),
                name_native: Some(college.native_name.clone()),
                native_language: Some(college.native_language.clone()),
                address: Some(college.city.clone()),
                website: Some(college.website.trim_start_matches("https://").to_owned()),
                colour: college.colour.clone(),
                footer: None,
                signatory: Some(Signatory {
                    name: "Dr. Arvind Sonkar".into(),
                    title: "Controller of Examinations".into(),
                    signature: None,
                }),
                logo: None,
                seal: None,
            },
            student: Student {
                name: student.full_name.clone(),
                name_native: student.full_name_native.clone(),
                native_language: student.native_language.clone(),
                programme: programme.name.clone(),
                department: department.name.clone(),
                batch: enrolment.batch.clone(),
                roll_number: None,
                photo: None,
            },
            portfolio: Portfolio {
                id,
                url: format!("https://hub.example/colleges/{}/portfolios/{id}", college.slug),
                created_on: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
                record_hash: hex::encode(Sha256::digest(b"record")),
                partial: false,
                size: Size::Full,
            },
            sections: by_category(items),
            verifier: Verifier {
                address: "hub.example/v".into(),
                issuer: format!("did:web:hub.example:colleges:{}", college.slug),
                credential_key: hex::encode(Sha256::digest(b"key")),
                document_certificate: hex::encode(Sha256::digest(b"certificate")),
            },
        },
        images,
        attachment: b"{}".to_vec(),
        qr_text: format!("https://hub.example/v#{}", "2KCE3IQEUG7CA27PKY4TS22ABC".repeat(16)),
        template: template.into(),
        created: Utc.with_ymd_and_hms(2026, 11, 22, 6, 30, 0).unwrap(),
        locale,
    }
}

fn item(
    index: usize,
    from: &DemoAchievement,
    evidence: Vec<EvidenceRef>,
    college: &DemoCollege,
    department: &str,
) -> Item {
    let id = Uuid::from_bytes(
        Sha256::digest(format!("{index} {}", from.title))[..16].try_into().unwrap(),
    );
    let short = data_encoding::BASE32_NOPAD.encode(id.as_bytes());
    Item {
        title: from.title.clone(),
        level: from.level.clone(),
        role: from.role.clone(),
        outcome: from.outcome.clone(),
        organiser: Some(from.organiser.clone()),
        team: from.team.clone(),
        started_on: Some(from.started_on),
        ended_on: Some(from.ended_on),
        hours: from.hours,
        description: from.description.clone(),
        skills: from.skills.clone(),
        credential_id: id,
        credential_url: Some(format!(
            "https://hub.example/colleges/{}/credentials/{id}",
            college.slug
        )),
        short_url: Some(format!("https://hub.example/C/{}/{short}", college.slug.to_uppercase())),
        approver_department: department.to_owned(),
        approved_on: from.ended_on + chrono::Days::new(9),
        evidence,
    }
}

/// To look at, and for docs/pictures (`HUB_PICTURES_OF=formal-1` for some of them only):
/// `HUB_PICTURES_TO=/tmp/pictures cargo test --test it pictures_of_every -- --ignored`.
#[test]
#[ignore = "writes files for people to look at"]
fn pictures_of_every_layout() {
    let to = PathBuf::from(std::env::var_os(PICTURES_TO).expect("HUB_PICTURES_TO names a folder"));
    let only = std::env::var("HUB_PICTURES_OF").unwrap_or_default();
    for template in LAYOUTS {
        for (college, locale) in
            [(0, Locale::En), (1, Locale::En), (0, Locale::Hi), (1, Locale::Ta)]
        {
            let name = format!("{template}-{college}-{}", locale.tag());
            if !name.contains(&only) {
                continue;
            }
            // Making the evidence takes minutes in a debug build: it is kept beside the documents.
            let kept = to.join(format!("showcase-{college}.cbor"));
            let mut input: RenderInput = if let Ok(bytes) = std::fs::read(&kept) {
                ciborium::from_reader(bytes.as_slice()).unwrap()
            } else {
                let made = showcase(college, template, locale);
                let mut bytes = Vec::new();
                ciborium::into_writer(&made, &mut bytes).unwrap();
                std::fs::write(&kept, bytes).unwrap();
                made
            };
            input.template = template.into();
            input.locale = locale;
            match render(&input) {
                Ok(rendered) => {
                    std::fs::write(to.join(format!("{name}.pdf")), rendered.pdf).unwrap()
                }
                Err(error) => println!("{name}: {error}"),
            }
        }
    }
}
