//! One row of past approvals: from cells to what can be looked up.

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use crate::domain::achievement::{Content, RawContent};
use crate::domain::field::{FieldErrors, TextError};
use crate::domain::particulars::Particulars;
use crate::domain::text::{self, Email, roll_key};

/// A row as it came, every cell as text; an empty one says nothing.
#[derive(Clone, Debug, Default)]
pub struct RawRow {
    /// The row as the sender counts: the line of a CSV file, the place in a JSON list from 1.
    pub position: i32,
    /// The sender's own name for this approval, once in a college.
    pub reference: String,
    /// Roll number or address of the student.
    pub student: String,
    /// Category code.
    pub category: String,
    /// What was achieved.
    pub title: String,
    /// What was done.
    pub description: String,
    /// Who held it.
    pub organiser: String,
    /// What the student was in it.
    pub role: String,
    /// Level word.
    pub level: String,
    /// Outcome word.
    pub outcome: String,
    /// First day, `2026-02-14`.
    pub started_on: String,
    /// Last day, or the day of the award.
    pub ended_on: String,
    /// Hours spent.
    pub hours: String,
    /// Skills shown.
    pub skills: Vec<String>,
    /// Name of the team.
    pub team: String,
    /// Address of the member who approved.
    pub approver: String,
    /// The day of the approval.
    pub approved_on: String,
}

/// How a row names its student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StudentKey {
    /// The key of an address.
    Email(String),
    /// A roll number in the form it is matched in.
    Roll(String),
}

/// A row whose cells are whole.
#[derive(Clone, Debug)]
pub(super) struct PastApproval {
    pub(super) position: i32,
    pub(super) reference: String,
    /// SHA-256 of every cell, so that another row under the same reference is noticed.
    pub(super) content_hash: [u8; 32],
    pub(super) student: StudentKey,
    pub(super) content: Content,
    /// The key of an address.
    pub(super) approver: String,
    pub(super) approved_on: NaiveDate,
}

impl PastApproval {
    /// Every fault at once. The columns are those of a submission, and the approval may not lie before what it approves.
    pub(super) fn parse(raw: RawRow, today: NaiveDate) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let content_hash = hash(&raw);
        let reference = errors.take("reference", text::line(&raw.reference, 1, 100));
        let student = errors.take("student", parse_student(&raw.student));
        let approver = errors.take("approver", Email::parse(&raw.approver));
        let started_on = errors.take("started_on", parse_day(&raw.started_on));
        let ended_on = errors.take("ended_on", parse_day(&raw.ended_on));
        let approved_on = errors.take("approved_on", parse_day(&raw.approved_on));
        let hours = errors.take("hours", parse_hours(&raw.hours));
        let level = errors.take("level", parse_word(&raw.level));
        let outcome = errors.take("outcome", parse_word(&raw.outcome));
        if ended_on == Some(None) {
            errors.add("ended_on", "required", "Give the date, or the last day.");
        }
        if approved_on == Some(None) {
            errors.add("approved_on", "required", "Give the day of the approval.");
        }
        if raw.organiser.trim().is_empty() {
            errors.add("organiser", "required", "Name who held it or gave it.");
        }
        let content = RawContent {
            category: raw.category,
            title: raw.title,
            description: raw.description,
            organiser: raw.organiser,
            role: Some(raw.role),
            level: level.flatten(),
            outcome: outcome.flatten(),
            started_on: started_on.flatten(),
            ended_on: ended_on.flatten(),
            hours: hours.flatten(),
            skills: raw.skills,
            team: Some(raw.team),
            team_id: None,
            particulars: Particulars::default(),
        };
        let content =
            Content::parse(content, today).map_err(|mut found| errors.0.append(&mut found.0)).ok();
        let approved_on = approved_on.flatten();
        if let Some(day) = approved_on {
            if day > today {
                errors.add("approved_on", "out_of_range", "A past approval lies in the past.");
            }
            if ended_on.flatten().is_some_and(|end| day < end) {
                errors.add("approved_on", "before_end", "Nobody approves what is not over yet.");
            }
        }
        let whole = (|| {
            Some(Self {
                position: raw.position,
                reference: reference?,
                content_hash,
                student: student?,
                content: content?,
                approver: approver?.key(),
                approved_on: approved_on?,
            })
        })();
        match whole {
            Some(row) => errors.or(row),
            None => Err(errors),
        }
    }
}

fn parse_student(cell: &str) -> Result<StudentKey, TextError> {
    if cell.contains('@') {
        return Email::parse(cell).map(|email| StudentKey::Email(email.key()));
    }
    let key = roll_key(cell);
    if key.is_empty() { Err(TextError::Empty) } else { Ok(StudentKey::Roll(key)) }
}

fn parse_day(cell: &str) -> Result<Option<NaiveDate>, TextError> {
    let malformed = TextError::Malformed("A day is written like 2026-02-14.");
    match cell.trim() {
        "" => Ok(None),
        day => NaiveDate::parse_from_str(day, "%Y-%m-%d").map(Some).map_err(|_| malformed),
    }
}

fn parse_hours(cell: &str) -> Result<Option<i32>, TextError> {
    match cell.trim() {
        "" => Ok(None),
        hours => hours.parse().map(Some).map_err(|_| TextError::Malformed("Hours are a number.")),
    }
}

fn parse_word<T: std::str::FromStr>(cell: &str) -> Result<Option<T>, TextError> {
    match cell.trim() {
        "" => Ok(None),
        word => word
            .parse()
            .map(Some)
            .map_err(|_| TextError::Malformed("This is none of the words for it.")),
    }
}

fn hash(raw: &RawRow) -> [u8; 32] {
    let cells = [
        &raw.student,
        &raw.category,
        &raw.title,
        &raw.description,
        &raw.organiser,
        &raw.role,
        &raw.level,
        &raw.outcome,
        &raw.started_on,
        &raw.ended_on,
        &raw.hours,
        &raw.team,
        &raw.approver,
        &raw.approved_on,
    ];
    let mut hasher = Sha256::new();
    for cell in cells.into_iter().chain(&raw.skills) {
        let cell = cell.trim();
        hasher.update((cell.len() as u64).to_be_bytes());
        hasher.update(cell);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
    }

    fn raw() -> RawRow {
        RawRow {
            position: 2,
            reference: "2024/17".into(),
            student: "23-CS 0042".into(),
            category: "competition".into(),
            title: "Winner, 1500 m".into(),
            organiser: "State".into(),
            ended_on: "2024-02-14".into(),
            approver: "Meena@College.example".into(),
            approved_on: "2024-03-01".into(),
            ..RawRow::default()
        }
    }

    #[test]
    fn a_row_names_its_student_by_roll_number_or_by_address() {
        let row = PastApproval::parse(raw(), today()).unwrap();
        assert_eq!(row.student, StudentKey::Roll("23CS0042".into()));
        assert_eq!(row.approver, "meena@college.example");
        let row = RawRow { student: "Kavya@College.example".into(), ..raw() };
        let row = PastApproval::parse(row, today()).unwrap();
        assert_eq!(row.student, StudentKey::Email("kavya@college.example".into()));
    }

    #[test]
    fn every_fault_of_a_row_is_told_at_once() {
        let broken = RawRow {
            reference: " ".into(),
            student: "-".into(),
            title: "x".into(),
            level: "galactic".into(),
            hours: "many".into(),
            ended_on: "14.02.2024".into(),
            approved_on: "2027-01-01".into(),
            approver: "Meena".into(),
            ..raw()
        };
        let errors = PastApproval::parse(broken, today()).unwrap_err().0;
        let mut columns: Vec<&str> =
            errors.iter().map(|error| error.pointer.trim_start_matches('/')).collect();
        columns.sort_unstable();
        assert_eq!(
            columns,
            [
                "approved_on",
                "approver",
                "ended_on",
                "hours",
                "level",
                "reference",
                "student",
                "title"
            ]
        );
    }

    #[test]
    fn an_approval_does_not_lie_before_what_it_approves() {
        let early = RawRow { approved_on: "2024-02-13".into(), ..raw() };
        let errors = PastApproval::parse(early, today()).unwrap_err().0;
        assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/approved_on", "before_end"));
    }

    #[test]
    fn what_moved_between_cells_is_not_the_same_row() {
        let one = RawRow { role: "Captain".into(), ..raw() };
        let other = RawRow { team: "Captain".into(), ..raw() };
        assert_ne!(hash(&one), hash(&other));
        assert_eq!(hash(&one), hash(&RawRow { role: " Captain ".into(), position: 9, ..raw() }));
    }
}
