//! Achievements: what a revision says, and what it takes to hand it in.

use chrono::{Duration, NaiveDate};

use super::field::FieldErrors;
use super::ids::TeamId;
use super::member::words;
use super::particulars::Particulars;
use super::text::{line, optional_line, paragraphs, search_words};

pub use super::workflow::{
    APPEAL_WINDOW, Action, CLAIM, DecisionAction, LastDecision, REVIEW_TIME, Relation,
    RevokeReason, SAME_REVIEWER_FIRST, Standing, Status, UNDO_WINDOW, allowed,
};

words! {
    /// How far an event reached.
    Level {
        /// Inside the college.
        College = "college",
        /// Several colleges of a zone.
        Zonal = "zonal",
        /// The university.
        University = "university",
        /// The state.
        State = "state",
        /// The country.
        National = "national",
        /// Beyond it.
        International = "international",
    }
}

words! {
    /// What came of it.
    Outcome {
        /// First place.
        Winner = "winner",
        /// Second place.
        RunnerUp = "runner_up",
        /// Third place.
        Third = "third",
        /// Took part.
        Participant = "participant",
        /// Finished a course, a project, a stay.
        Completed = "completed",
        /// Helped to run it.
        Organizer = "organizer",
    }
}

words! {
    /// What a file of evidence is, as the student says.
    EvidenceKind {
        /// A certificate or an award.
        Certificate = "certificate",
        /// A photograph of the event.
        Photo = "photo",
        /// A letter of the organiser.
        Letter = "letter",
        /// A report or a paper.
        Report = "report",
    }
}

/// Most files at one revision.
pub const MAX_EVIDENCE: usize = 10;
/// Largest file of evidence, octets.
pub const MAX_EVIDENCE_BYTES: u64 = 25 * 1024 * 1024;

/// What somebody wrote, before it was looked at.
#[derive(Clone, Debug, Default)]
pub struct RawContent {
    /// Category code.
    pub category: String,
    /// One line.
    pub title: String,
    /// Several lines.
    pub description: String,
    /// Who held it.
    pub organiser: String,
    /// What the student was in it.
    pub role: Option<String>,
    /// How far it reached.
    pub level: Option<Level>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day, or the day of the award.
    pub ended_on: Option<NaiveDate>,
    /// Hours spent.
    pub hours: Option<i32>,
    /// Skills shown.
    pub skills: Vec<String>,
    /// Name of the team.
    pub team: Option<String>,
    /// The team, where it was entered.
    pub team_id: Option<TeamId>,
    /// What only some categories ask for.
    pub particulars: Particulars,
}

/// What a revision says: parsed once, whole from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Category code; the college knows it.
    pub category: String,
    /// 3 to 200 characters.
    pub title: String,
    /// At most 4,000 characters.
    pub description: String,
    /// At most 200 characters; needed to submit.
    pub organiser: String,
    /// At most 120 characters.
    pub role: Option<String>,
    /// How far it reached.
    pub level: Option<Level>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day; not before the first.
    pub ended_on: Option<NaiveDate>,
    /// 1 to 10,000.
    pub hours: Option<i32>,
    /// At most 12, each at most 60 characters.
    pub skills: Vec<String>,
    /// At most 120 characters.
    pub team: Option<String>,
    /// The team, where it was entered; the owner is on it.
    pub team_id: Option<TeamId>,
    /// What only some categories ask for.
    pub particulars: Particulars,
}

impl Content {
    /// Every fault at once; `today` bounds the dates.
    pub fn parse(raw: RawContent, today: NaiveDate) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let category = errors.take("category", line(&raw.category, 1, 60));
        let title = errors.take("title", line(&raw.title, 3, 200));
        let description = errors.take("description", paragraphs(&raw.description, 4000));
        let organiser = errors.take("organiser", line(&raw.organiser, 0, 200));
        let role = errors.take("role", optional_line(raw.role.as_deref(), 120));
        let team = errors.take("team", optional_line(raw.team.as_deref(), 120));
        let earliest = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a calendar day");
        for (field, day) in [("started_on", raw.started_on), ("ended_on", raw.ended_on)] {
            if day.is_some_and(|day| day < earliest || day > today + Duration::days(1)) {
                errors.add(field, "out_of_range", "The date must lie between 1990 and today.");
            }
        }
        if let (Some(start), Some(end)) = (raw.started_on, raw.ended_on)
            && end < start
        {
            errors.add("ended_on", "before_start", "The last day cannot be before the first.");
        }
        if raw.hours.is_some_and(|hours| !(1..=10_000).contains(&hours)) {
            errors.add("hours", "out_of_range", "Hours must be between 1 and 10,000.");
        }
        if raw.skills.len() > 12 {
            errors.add("skills", "too_many", "At most 12 skills are allowed.");
        }
        let mut skills = Vec::new();
        for (position, skill) in raw.skills.iter().enumerate() {
            if let Some(skill) = errors.take(&format!("skills/{position}"), line(skill, 1, 60))
                && !skills.contains(&skill)
            {
                skills.push(skill);
            }
        }
        let particulars = raw.particulars.parse(&mut errors);
        let whole = (|| {
            Some(Self {
                category: category?,
                title: title?,
                description: description?,
                organiser: organiser?,
                role: role?,
                level: raw.level,
                outcome: raw.outcome,
                started_on: raw.started_on,
                ended_on: raw.ended_on,
                hours: raw.hours,
                skills,
                team: team?,
                team_id: raw.team_id,
                particulars,
            })
        })();
        match whole {
            Some(content) => errors.or(content),
            None => Err(errors),
        }
    }

    /// The normalised words a reviewer may look for.
    pub fn search_words(&self) -> Vec<String> {
        search_words(&format!(
            "{} {} {}",
            self.title,
            self.organiser,
            self.team.as_deref().unwrap_or_default()
        ))
    }
}

/// What a category asks for before something can be handed in.
#[derive(Clone, Copy, Debug)]
pub struct Demands<'a> {
    /// Fields to be filled, as the API names them.
    pub fields: &'a [String],
    /// Whether a file is needed at all.
    pub evidence: bool,
    /// Of each of these kinds one file.
    pub kinds: &'a [String],
}

/// What still stands between a draft and its submission: the field, and a sentence for the student.
pub fn missing<'a>(
    demands: Demands<'a>,
    is_filled: impl Fn(&str) -> bool,
    evidence: &[Option<&str>],
) -> Vec<(&'a str, String)> {
    let fields = demands.fields.iter().filter(|field| !is_filled(field));
    let mut missing: Vec<(&str, String)> =
        fields.map(|field| (field.as_str(), wish(field))).collect();
    if demands.evidence && evidence.is_empty() {
        missing.push(("evidence", "Add at least one certificate or photo.".to_owned()));
    }
    for kind in demands.kinds {
        if !evidence.contains(&Some(kind.as_str())) {
            missing.push(("evidence", format!("Add a file that is a {kind}.")));
        }
    }
    missing
}

fn wish(field: &str) -> String {
    let sentence = match field {
        "organiser" => "Name who held it or gave it.",
        "ended_on" => "Give the date, or the last day.",
        "started_on" => "Give the first day.",
        "description" => "Describe what you did.",
        "role" => "Say what you were in it.",
        "level" => "Say how far it reached.",
        "outcome" => "Say what came of it.",
        "hours" => "Say how many hours it took.",
        "skills" => "Name at least one skill.",
        "team" => "Name the team.",
        "event" => "Name the event.",
        "domain" => "Say what it belongs to: sports, culture, …",
        "organiser_contact" => "Say how to reach who held it.",
        "scheme" => "Name the scheme, such as NSS.",
        "exam" => "Name the examination.",
        "registration_number" => "Give your number in the examination.",
        "employer" => "Name the employer.",
        "employer_contact" => "Say how to reach the employer.",
        "package" => "Give the pay in a year.",
        "institution" => "Name the institution you joined.",
        "programme_joined" => "Name the programme you were admitted to.",
        "awardee" => "Say who received it.",
        other => return format!("Fill in “{other}”."),
    };
    sentence.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
    }

    fn raw() -> RawContent {
        RawContent {
            category: "sports".into(),
            title: "Winner, 100 m".into(),
            organiser: "State".into(),
            ..RawContent::default()
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let broken = RawContent {
            title: " ".into(),
            hours: Some(0),
            ended_on: NaiveDate::from_ymd_opt(2027, 1, 1),
            ..raw()
        };
        let pointers: Vec<String> =
            Content::parse(broken, today()).unwrap_err().0.into_iter().map(|e| e.pointer).collect();
        assert_eq!(pointers, ["/title", "/ended_on", "/hours"]);
    }

    #[test]
    fn the_last_day_is_not_before_the_first() {
        let broken =
            RawContent { started_on: Some(today()), ended_on: today().pred_opt(), ..raw() };
        assert_eq!(Content::parse(broken, today()).unwrap_err().0[0].code, "before_start");
    }

    #[test]
    fn repeated_skills_are_kept_once() {
        let content = Content::parse(
            RawContent { skills: vec!["Rust".into(), " Rust ".into()], ..raw() },
            today(),
        )
        .unwrap();
        assert_eq!(content.skills, ["Rust"]);
    }

    #[test]
    fn a_category_says_what_a_submission_needs() {
        let fields = ["organiser".to_owned(), "level".to_owned()];
        let kinds = ["certificate".to_owned()];
        let demands = Demands { fields: &fields, evidence: true, kinds: &kinds };
        let names = |evidence: &[Option<&str>]| -> Vec<&str> {
            missing(demands, |field| field == "organiser", evidence)
                .into_iter()
                .map(|(field, _)| field)
                .collect()
        };
        assert_eq!(names(&[]), ["level", "evidence", "evidence"]);
        assert_eq!(names(&[None, Some("photo")]), ["level", "evidence"]);
        assert_eq!(names(&[Some("certificate")]), ["level"]);
    }
}
