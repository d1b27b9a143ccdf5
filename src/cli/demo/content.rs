//! Who is in the demo and what they have done, from `templates/demo/*.json`.

mod build;
mod files;
mod papers;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::particulars::Particulars;

/// Everything the demo fills in.
pub struct DemoContent {
    /// The same for both colleges.
    pub categories: Vec<DemoCategory>,
    /// Two: one teaches in Hindi and English, one in Tamil and English.
    pub colleges: Vec<DemoCollege>,
}

/// A kind of achievement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoCategory {
    /// Short and stable: `sports`.
    pub code: String,
    /// As shown.
    pub name: String,
    /// One sentence: what belongs here.
    pub description: String,
    /// Name of a lucide icon.
    pub icon: String,
    /// Whether it counts as academic (the department decides) or not.
    pub academic: bool,
    /// What a reviewer ticks.
    pub checklist: Vec<String>,
    /// Why one may be rejected.
    pub reject_reasons: Vec<DemoReason>,
    /// Which of the optional fields the form asks for: `level`, `outcome`, `role`, `team`, `hours`, `skills`.
    pub fields: Vec<String>,
    /// Which particulars it asks for besides.
    #[serde(default)]
    pub particulars: Vec<String>,
}

/// A reason to reject.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoReason {
    /// Short and stable: `unreadable`.
    pub code: String,
    /// As shown.
    pub label: String,
}

/// One college.
pub struct DemoCollege {
    /// In addresses: `nvit`.
    pub slug: String,
    /// In English.
    pub name: String,
    /// In the script of the place.
    pub native_name: String,
    /// `hi` or `ta`.
    pub native_language: String,
    /// City and state.
    pub city: String,
    /// Like those of the All India Survey on Higher Education, but not assigned there.
    pub code: String,
    /// `#rrggbb`.
    pub colour: String,
    /// Under `.example` (RFC 2606).
    pub website: String,
    /// In the order of the prospectus.
    pub departments: Vec<DemoDepartment>,
    /// What one can study.
    pub programmes: Vec<DemoProgramme>,
    /// Staff first, then students.
    pub members: Vec<DemoMember>,
    /// E-mail of the student whose portfolio is worth showing.
    pub showcase: String,
    /// In the order of filing.
    pub achievements: Vec<DemoAchievement>,
}

/// A department.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoDepartment {
    /// `CSE`.
    pub code: String,
    /// In English.
    pub name: String,
}

/// A programme of study.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoProgramme {
    /// `BTECH-CSE`.
    pub code: String,
    /// In English.
    pub name: String,
    /// Code of the department.
    pub department: String,
    /// How long it takes.
    pub years: i32,
}

/// Somebody with a log-in.
#[derive(Clone, Debug)]
pub struct DemoMember {
    /// Under `.example`.
    pub email: String,
    /// As on the records; may be one word or begin with initials.
    pub full_name: String,
    /// In the script of `native_language`.
    pub full_name_native: Option<String>,
    /// `hi` or `ta`.
    pub native_language: Option<String>,
    /// As in the HTTP contract: `student`, `organizer`, `faculty`, `head`, `college_admin`, …
    pub roles: Vec<String>,
    /// Code of the department; none for the administration.
    pub department: Option<String>,
    /// Students only.
    pub enrolment: Option<DemoEnrolment>,
}

/// What a student is enrolled in.
#[derive(Clone, Debug)]
pub struct DemoEnrolment {
    /// Unique in the college.
    pub roll_number: String,
    /// Code of the programme.
    pub programme: String,
    /// `2023-2027`.
    pub batch: String,
}

/// One achievement with the state it shall end in.
#[derive(Clone, Debug)]
pub struct DemoAchievement {
    /// E-mail of the student.
    pub student: String,
    /// Code of the category.
    pub category: String,
    /// 3 to 200 characters.
    pub title: String,
    /// One to four sentences.
    pub description: String,
    /// Who held the event.
    pub organiser: String,
    /// What the student was in it.
    pub role: Option<String>,
    /// `college` … `international`.
    pub level: Option<String>,
    /// `winner` … `organizer`.
    pub outcome: Option<String>,
    /// First day.
    pub started_on: NaiveDate,
    /// Last day.
    pub ended_on: NaiveDate,
    /// Whole hours spent.
    pub hours: Option<u32>,
    /// At most twelve.
    pub skills: Vec<String>,
    /// Name of the team.
    pub team: Option<String>,
    /// What only some categories ask for.
    pub particulars: Particulars,
    /// Files to attach, in this order.
    pub evidence: Vec<DemoEvidence>,
    /// Where it shall end.
    pub state: DemoState,
    /// E-mail of the one who decides; of the student's department.
    pub reviewer: String,
    /// A request for changes that the student has answered before the end.
    pub earlier_request: Option<String>,
}

/// Where an achievement ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemoState {
    /// Not yet filed.
    Draft,
    /// Waiting in the queue.
    Submitted,
    /// Filed and taken back.
    Withdrawn,
    /// Sent back.
    ChangesRequested {
        /// What is asked for.
        comment: String,
    },
    /// Refused.
    Rejected {
        /// A code of the category's reasons.
        reason: String,
        /// To the student.
        comment: String,
    },
    /// Approved and issued.
    Approved {
        /// To the student.
        comment: Option<String>,
    },
    /// Approved, issued, and revoked later.
    Revoked {
        /// As in the HTTP contract: `issued_in_error`, `duplicate`, …
        reason: String,
        /// Why.
        text: String,
    },
}

/// A file to be made by [`crate::cli::demo::evidence::evidence`].
#[derive(Clone, Debug)]
pub struct DemoEvidence {
    /// Shown under the file.
    pub caption: String,
    /// What to make.
    pub subject: DemoSubject,
    /// Two items with the same seed give the same bytes.
    pub seed: u64,
}

/// What a file shows.
#[derive(Clone, Debug)]
pub enum DemoSubject {
    /// A certificate in one of the designs.
    Certificate(Box<DemoCertificate>),
    /// A photo taken at the event.
    Photo(DemoScene),
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct DemoCertificate {
    /// Which design.
    pub design: DemoDesign,
    /// PDF as it was sent, or a scan of the paper.
    pub paper: DemoPaper,
    /// The student's name.
    pub name: String,
    /// In its own script.
    pub name_native: Option<String>,
    /// Roll number.
    pub roll_number: String,
    /// The student's college.
    pub college: String,
    /// What it is for.
    pub title: String,
    /// Who issues it.
    pub organiser: String,
    /// In the organiser's own script, where the college itself issues it.
    pub organiser_native: Option<String>,
    /// `First Prize`, `Participation`, ….
    pub merit: String,
    /// The sentence in the middle, after the name.
    pub citation: String,
    /// Day of issue.
    pub date: NaiveDate,
    /// Where.
    pub place: String,
    /// Two who sign: name and office.
    pub signatories: [(String, String); 2],
    /// `#rrggbb`.
    pub colour: String,
}

/// The designs under `templates/demo/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoDesign {
    /// Landscape with an ornate border.
    Ornate,
    /// Landscape, modern and minimal.
    Modern,
    /// Portrait on a university's letterhead.
    Letterhead,
    /// Landscape for sports.
    Sports,
    /// Landscape of an online course.
    Course,
}

/// How a certificate reached the student.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoPaper {
    /// As PDF.
    Pdf,
    /// On paper, scanned to JPEG.
    Scan,
}

/// What a photo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoScene {
    /// A stage with lights.
    Stage,
    /// A sports field.
    Field,
    /// Benches with instruments and screens.
    Lab,
    /// A group in front of a building.
    Group,
    /// Posters on a wall with visitors.
    Posters,
    /// A classroom during a talk.
    Hall,
    /// Trees, people, work outside.
    Outdoors,
}

/// The whole content; the same seed gives the same.
pub fn content(seed: u64) -> DemoContent {
    build::build(seed)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn everything() -> DemoContent {
        content(2026)
    }

    #[test]
    fn there_is_enough_of_everything() {
        let content = everything();
        assert_eq!(content.colleges.len(), 2);
        let students = content.colleges.iter().flat_map(|college| &college.members);
        assert!(students.filter(|member| member.enrolment.is_some()).count() >= 64);
        let all: Vec<_> =
            content.colleges.iter().flat_map(|college| &college.achievements).collect();
        assert!(all.len() >= 300, "{}", all.len());
        let share = |wanted: fn(&DemoState) -> bool| {
            all.iter().filter(|item| wanted(&item.state)).count() * 100 / all.len()
        };
        assert!(share(|state| matches!(state, DemoState::Approved { .. })) >= 50);
        assert!(share(|state| *state == DemoState::Submitted) >= 10);
        for college in &content.colleges {
            for wanted in [
                |state: &DemoState| *state == DemoState::Draft,
                |state: &DemoState| matches!(state, DemoState::ChangesRequested { .. }),
                |state: &DemoState| matches!(state, DemoState::Rejected { .. }),
                |state: &DemoState| matches!(state, DemoState::Revoked { .. }),
            ] {
                assert!(
                    college.achievements.iter().any(|item| wanted(&item.state)),
                    "{}",
                    college.slug
                );
            }
            let shown = college.achievements.iter().filter(|item| item.student == college.showcase);
            let approved = shown.filter(|item| matches!(item.state, DemoState::Approved { .. }));
            assert!(approved.count() >= 12, "{}", college.slug);
        }
    }

    #[test]
    fn what_is_filed_fits_the_contract() {
        let content = everything();
        let categories: HashMap<_, _> =
            content.categories.iter().map(|category| (&category.code, category)).collect();
        for college in &content.colleges {
            let emails: HashSet<_> = college.members.iter().map(|member| &member.email).collect();
            assert_eq!(emails.len(), college.members.len(), "e-mail addresses are unique");
            let rolls: HashSet<_> = college
                .members
                .iter()
                .filter_map(|member| member.enrolment.as_ref())
                .map(|enrolment| &enrolment.roll_number)
                .collect();
            assert_eq!(
                rolls.len(),
                college.members.iter().filter(|m| m.enrolment.is_some()).count()
            );
            let mut filed = HashSet::new();
            for item in &college.achievements {
                let category = categories[&item.category];
                assert!((3..=200).contains(&item.title.chars().count()), "{}", item.title);
                assert!(item.description.len() > 5 && item.description.chars().count() <= 4_000);
                assert!(item.started_on <= item.ended_on, "{}", item.title);
                assert!(item.skills.len() <= 12);
                assert!(item.evidence.len() <= 10);
                assert!(emails.contains(&item.student) && emails.contains(&item.reviewer));
                assert!(filed.insert((&item.student, &item.title)), "{} twice", item.title);
                if let DemoState::Rejected { reason, comment } = &item.state {
                    assert!(category.reject_reasons.iter().any(|known| known.code == *reason));
                    assert!(!comment.is_empty());
                }
                if item.state != DemoState::Draft {
                    assert!(!item.evidence.is_empty(), "{}", item.title);
                }
            }
        }
    }

    #[test]
    fn every_achievement_has_its_own_words() {
        let content = everything();
        let all = content.colleges.iter().flat_map(|college| &college.achievements);
        let mut seen = HashMap::new();
        for item in all {
            *seen.entry(&item.description).or_insert(0) += 1;
        }
        assert!(seen.values().all(|times| *times <= 2), "{seen:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_content() {
        let described = |content: DemoContent| {
            format!(
                "{:?}",
                content.colleges.iter().map(|c| (&c.members, &c.achievements)).collect::<Vec<_>>()
            )
        };
        assert_eq!(described(content(1)), described(content(1)));
        assert_ne!(described(content(1)), described(content(2)));
    }
}
