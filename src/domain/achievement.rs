//! Achievements: what a revision says, its states, and who may do what next.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::field::FieldErrors;
use super::member::words;
use super::text::{line, optional_line, paragraphs, search_words};

words! {
    /// The state of a revision.
    Status {
        /// Being written.
        Draft = "draft",
        /// Handed in, waits for a reviewer.
        Submitted = "submitted",
        /// A reviewer proposed other facts; the student confirms.
        CorrectionProposed = "correction_proposed",
        /// Taken back by the student.
        Withdrawn = "withdrawn",
        /// Sent back with a text.
        ChangesRequested = "changes_requested",
        /// Refused with a reason.
        Rejected = "rejected",
        /// Live: there is a credential.
        Approved = "approved",
        /// Replaced by a later revision.
        Superseded = "superseded",
        /// The credential was revoked.
        Revoked = "revoked",
    }
}

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
    /// What a reviewer may decide.
    DecisionAction {
        /// Make it live and issue the credential.
        Approve = "approve",
        /// Refuse it, with a reason.
        Reject = "reject",
        /// Send it back for changes.
        RequestChanges = "request_changes",
    }
}

words! {
    /// What somebody may do with an achievement now.
    Action {
        /// Change the draft.
        Edit = "edit",
        /// Remove a draft that was never handed in.
        Delete = "delete",
        /// Hand the draft in.
        Submit = "submit",
        /// Take it back.
        Withdraw = "withdraw",
        /// Approve it.
        Approve = "approve",
        /// Refuse it.
        Reject = "reject",
        /// Send it back.
        RequestChanges = "request_changes",
        /// Take the own decision back.
        Undo = "undo",
        /// Revoke the credential.
        Revoke = "revoke",
    }
}

words! {
    /// Why a credential was revoked.
    RevokeReason {
        /// Should never have been issued.
        IssuedInError = "issued_in_error",
        /// The evidence was false.
        Fraud = "fraud",
        /// A fact in it is wrong.
        Error = "error",
        /// There is another one for the same.
        Duplicate = "duplicate",
        /// The student withdrew consent.
        ConsentWithdrawn = "consent_withdrawn",
        /// The law asked for it.
        Legal = "legal",
    }
}

/// How long a reviewer may take a decision back.
pub const UNDO_WINDOW: Duration = Duration::minutes(10);
/// How long a submission may wait before it counts as overdue.
pub const REVIEW_TIME: Duration = Duration::days(7);
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

/// What still stands between a draft and its submission, as sentences for the student.
pub fn missing(
    organiser: &str,
    ended_on: Option<NaiveDate>,
    evidence_required: bool,
    evidence: usize,
) -> Vec<String> {
    let mut missing = Vec::new();
    if organiser.is_empty() {
        missing.push("Name who held it or gave it.".to_owned());
    }
    if ended_on.is_none() {
        missing.push("Give the date, or the last day.".to_owned());
    }
    if evidence_required && evidence == 0 {
        missing.push("Add at least one certificate or photo.".to_owned());
    }
    missing
}

/// The last decision on an item, as far as the next act depends on it.
#[derive(Clone, Copy, Debug)]
pub struct LastDecision {
    /// When it fell.
    pub decided_at: DateTime<Utc>,
    /// Whether the caller took it.
    pub by_caller: bool,
    /// Whether nobody acted on the item since.
    pub untouched: bool,
}

/// What the caller is to the item.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// Owns it.
    pub owner: bool,
    /// May hand in (a confirmed member).
    pub may_submit: bool,
    /// May decide on it.
    pub reviewer: bool,
    /// May revoke its credential.
    pub may_revoke: bool,
}

/// The acts that are open to the caller now (workflow: transitions T1 to T13).
pub fn allowed(
    status: Status,
    revision: i32,
    relation: Relation,
    last: Option<LastDecision>,
    now: DateTime<Utc>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    match status {
        Status::Draft => {
            if relation.owner {
                actions.push(Action::Edit);
                if revision == 1 {
                    actions.push(Action::Delete);
                }
                if relation.may_submit {
                    actions.push(Action::Submit);
                }
            }
        }
        Status::Submitted => {
            if relation.owner {
                actions.push(Action::Withdraw);
            }
            if relation.reviewer {
                actions.extend([Action::Approve, Action::Reject, Action::RequestChanges]);
            }
        }
        Status::Approved => {
            if relation.may_revoke {
                actions.push(Action::Revoke);
            }
        }
        Status::CorrectionProposed
        | Status::Withdrawn
        | Status::ChangesRequested
        | Status::Rejected
        | Status::Superseded
        | Status::Revoked => {}
    }
    if last.is_some_and(|last| {
        last.by_caller && last.untouched && now - last.decided_at <= UNDO_WINDOW
    }) {
        actions.push(Action::Undo);
    }
    actions
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
    fn an_owner_never_approves_and_a_reviewer_never_edits() {
        let now = DateTime::UNIX_EPOCH;
        let owner = Relation { owner: true, may_submit: true, reviewer: false, may_revoke: false };
        let reviewer =
            Relation { owner: false, may_submit: false, reviewer: true, may_revoke: false };
        for status in Status::ALL {
            let own = allowed(*status, 1, owner, None, now);
            assert!(!own.contains(&Action::Approve) && !own.contains(&Action::Revoke));
            assert!(!allowed(*status, 1, reviewer, None, now).contains(&Action::Edit));
        }
    }

    #[test]
    fn a_decision_can_be_undone_for_ten_minutes_by_the_decider() {
        let decided_at = DateTime::UNIX_EPOCH;
        let relation =
            Relation { owner: false, may_submit: false, reviewer: true, may_revoke: false };
        let last = |by_caller| Some(LastDecision { decided_at, by_caller, untouched: true });
        let at = |minutes| decided_at + Duration::minutes(minutes);
        assert!(allowed(Status::Approved, 1, relation, last(true), at(10)).contains(&Action::Undo));
        assert!(
            !allowed(Status::Approved, 1, relation, last(true), at(11)).contains(&Action::Undo)
        );
        assert!(
            !allowed(Status::Approved, 1, relation, last(false), at(1)).contains(&Action::Undo)
        );
    }
}
