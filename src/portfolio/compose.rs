//! What a portfolio document says, typed: the one input of every template.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Everything that stands on the pages. Text is plain: no character of it is markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortfolioData {
    /// Who issues it.
    pub college: College,
    /// Whom it is about.
    pub student: Student,
    /// The document itself.
    pub portfolio: Portfolio,
    /// The achievements by category, in printing order; see [`by_category`].
    pub sections: Vec<Section>,
    /// How a reader checks it.
    pub verifier: Verifier,
}

/// The college as its header shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct College {
    /// Name in Latin script.
    pub name: String,
    /// Name in the college's own script.
    pub name_native: Option<String>,
    /// BCP 47 language of `name_native`, as `ta`.
    pub native_language: Option<String>,
    /// One line.
    pub address: Option<String>,
    /// As printed, without a scheme: `college.example`.
    pub website: Option<String>,
    /// `#rrggbb`; print uses a darker shade where it would be too light to read.
    pub colour: String,
    /// A line at the foot of every page.
    pub footer: Option<String>,
    /// Who stands for the document.
    pub signatory: Option<Signatory>,
    /// Path of the mark among the images: `/logo.png`.
    pub logo: Option<String>,
    /// Path of the seal among the images; without one the template draws a rosette.
    pub seal: Option<String>,
}

/// The officer in whose name the college signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    /// As on the college's papers.
    pub name: String,
    /// `Controller of Examinations`.
    pub title: String,
    /// Path of the scanned signature among the images: `/signature.png`. It proves nothing.
    pub signature: Option<String>,
}

/// The person the portfolio is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// As on the records, in Latin script.
    pub name: String,
    /// In the student's own script.
    pub name_native: Option<String>,
    /// BCP 47 language of `name_native`.
    pub native_language: Option<String>,
    /// `B.E. Computer Science and Engineering`.
    pub programme: String,
    /// The department's name.
    pub department: String,
    /// `2023-2027`.
    pub batch: String,
    /// Printed only where the student opted in; it is never signed.
    pub roll_number: Option<String>,
    /// Path of a portrait among the images: `/photo.jpg`.
    pub photo: Option<String>,
}

/// The document's own particulars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portfolio {
    /// Identifies the export; the PDF's `/ID` is derived from it.
    pub id: Uuid,
    /// Public address.
    pub url: String,
    /// The day it was issued, in the college's time zone.
    pub created_on: NaiveDate,
    /// SHA-256 of the attached credential's JCS form, lower-case hex.
    pub record_hash: String,
    /// True when the student picked some of the approved achievements.
    pub partial: bool,
    /// Whether pictures were left out and made smaller.
    pub size: Size,
}

/// How much room a document may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// Every picture, large enough to read.
    #[default]
    Full,
    /// At most [`SMALL_LIMIT`]: fewer and smaller pictures, which the document says of itself.
    Small,
}

/// The largest file of [`Size::Small`] in octets: what application portals commonly take.
pub const SMALL_LIMIT: usize = 1_000_000;

/// The achievements of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The category's name in the document's language.
    pub category: String,
    /// In printing order.
    pub items: Vec<Item>,
}

/// One approved achievement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What was achieved.
    pub title: String,
    /// Code (`national`); known codes are printed in the document's language, others as they are.
    pub level: Option<String>,
    /// The student's part, free text.
    pub role: Option<String>,
    /// Code (`winner`), printed like `level`.
    pub outcome: Option<String>,
    /// Who held it.
    pub organiser: Option<String>,
    /// Name of the team.
    pub team: Option<String>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// Hours spent.
    pub hours: Option<u32>,
    /// Free text; line breaks begin paragraphs.
    pub description: String,
    /// Short words.
    pub skills: Vec<String>,
    /// The credential's UUID.
    pub credential_id: Uuid,
    /// Public address of the credential; none when it is closed.
    pub credential_url: Option<String>,
    /// Short form for the small QR code (`https://host/C/SLUG/<26 base32>`); none when it is closed.
    pub short_url: Option<String>,
    /// The department that approved it.
    pub approver_department: String,
    /// The day of approval, in the college's time zone.
    pub approved_on: NaiveDate,
    /// What proves it.
    pub evidence: Vec<EvidenceRef>,
}

/// A piece of evidence and where its picture lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// Path among the images (`/ev/1.jpg`); none where there is no picture to print.
    pub image: Option<String>,
    /// The student's words.
    pub caption: Option<String>,
    /// First digits of the SHA-256 that the credential carries.
    pub short_digest: String,
    /// File name as shared.
    pub name: String,
    /// `image/jpeg`, `application/pdf`.
    pub media_type: String,
}

/// How a reader of paper or file finds the truth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// The verify page as one would type it: `hub.example/v`.
    pub address: String,
    /// The college's identifier (`did:web:…`).
    pub issuer: String,
    /// SHA-256 of the credential key, hex.
    pub credential_key: String,
    /// SHA-256 of the certificate that signs the PDF, hex.
    pub document_certificate: String,
}

/// The language of the template's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English
    En,
    /// Hindi
    Hi,
    /// Tamil
    Ta,
}

impl Locale {
    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Hi => "hi",
            Self::Ta => "ta",
        }
    }
}

impl PortfolioData {
    /// How many achievements the document lists.
    pub fn count(&self) -> usize {
        self.items().count()
    }

    /// Every achievement, in printing order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }

    /// The paths of all pictures the pages show.
    pub fn image_paths(&self) -> BTreeSet<&str> {
        let signature = self.college.signatory.as_ref().map_or(&None, |one| &one.signature);
        let marks = [&self.college.logo, &self.college.seal, signature, &self.student.photo];
        let evidence =
            self.items().flat_map(|item| item.evidence.iter().map(|evidence| &evidence.image));
        marks.into_iter().chain(evidence).flatten().map(String::as_str).collect()
    }
}

/// Sections in the order in which their categories first appear; inside each the newest item first.
pub fn by_category(items: impl IntoIterator<Item = (String, Item)>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (category, item) in items {
        match sections.iter_mut().find(|section| section.category == category) {
            Some(section) => section.items.push(item),
            None => sections.push(Section { category, items: vec![item] }),
        }
    }
    for section in &mut sections {
        section.items.sort_by_key(|item| std::cmp::Reverse(last_day(item)));
    }
    sections
}

/// The day an achievement ended, as far as it is known.
fn last_day(item: &Item) -> NaiveDate {
    item.ended_on.or(item.started_on).unwrap_or(item.approved_on)
}
