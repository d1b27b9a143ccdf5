//! The files under `templates/demo/`, as they are written.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{DemoCategory, DemoDepartment, DemoDesign, DemoProgramme, DemoScene};
use crate::domain::particulars::Particulars;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CollegeFile {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) native_name: String,
    pub(super) native_language: String,
    pub(super) city: String,
    pub(super) code: String,
    pub(super) colour: String,
    pub(super) website: String,
    /// Domain of the e-mail addresses.
    pub(super) mail: String,
    pub(super) departments: Vec<DemoDepartment>,
    pub(super) programmes: Vec<DemoProgramme>,
    /// `{year}`, `{department}` and `{number}` are filled in.
    pub(super) roll: String,
    /// The student who also organises.
    pub(super) organizer: String,
    pub(super) staff: Vec<StaffFile>,
    /// The first one is the showcase.
    pub(super) students: Vec<StudentFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffFile {
    pub(super) name: String,
    pub(super) native: Option<String>,
    /// Before the `@`.
    pub(super) email: String,
    pub(super) roles: Vec<String>,
    pub(super) department: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StudentFile {
    pub(super) name: String,
    pub(super) native: String,
    pub(super) programme: String,
    /// Year of admission.
    pub(super) from: i32,
}

/// Something several students took part in, each with an own text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventFile {
    pub(super) category: String,
    pub(super) title: String,
    pub(super) organiser: String,
    pub(super) level: Option<String>,
    /// One for each participant; the last one counts for those who follow.
    #[serde(default)]
    pub(super) outcomes: Vec<String>,
    pub(super) role: Option<String>,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) hours: Option<u32>,
    #[serde(default)]
    pub(super) skills: Vec<String>,
    pub(super) team: Option<String>,
    #[serde(default)]
    pub(super) particulars: Particulars,
    /// Whose students it suits; none means all.
    #[serde(default)]
    pub(super) departments: Vec<String>,
    /// Names of participants in the order of `texts`, where it matters who.
    #[serde(default)]
    pub(super) who: Vec<String>,
    pub(super) design: Option<DemoDesign>,
    pub(super) scene: Option<DemoScene>,
    #[serde(default)]
    pub(super) photos: usize,
    pub(super) place: String,
    pub(super) texts: Vec<String>,
    /// Whether the showcase student is the first participant.
    #[serde(default)]
    pub(super) showcase: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewFile {
    pub(super) approved: Vec<String>,
    /// By category.
    pub(super) requests: BTreeMap<String, Vec<String>>,
    /// By reason.
    pub(super) rejections: BTreeMap<String, String>,
    pub(super) revocations: Vec<RevocationFile>,
    /// Who signs certificates.
    pub(super) signatories: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationFile {
    pub(super) reason: String,
    pub(super) text: String,
}

pub(super) fn colleges() -> Vec<CollegeFile> {
    shipped(include_str!("../../../../templates/demo/colleges.json"))
}

pub(super) fn categories() -> Vec<DemoCategory> {
    shipped(include_str!("../../../../templates/demo/categories.json"))
}

pub(super) fn reviews() -> ReviewFile {
    shipped(include_str!("../../../../templates/demo/reviews.json"))
}

/// The events of a college in [`colleges`].
pub(super) fn events(slug: &str) -> Vec<EventFile> {
    match slug {
        "nvit" => shipped(include_str!("../../../../templates/demo/achievements-nvit.json")),
        "ponni" => shipped(include_str!("../../../../templates/demo/achievements-ponni.json")),
        _ => Vec::new(),
    }
}

fn shipped<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a test reads each shipped file")
}
