//! What a reviewer wants, parsed once.

use chrono::NaiveDate;

use crate::domain::achievement::{DecisionAction, Level};
use crate::domain::field::FieldErrors;
use crate::domain::text::paragraphs;

/// Facts to be put in the place of the student's; what is left out stays. Never evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawChanges {
    /// Category code.
    pub category: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// How far it reached.
    pub level: Option<Level>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
}

/// What a reviewer wants, as it came.
#[derive(Clone, Debug)]
pub struct RawDecision {
    /// What to do.
    pub action: DecisionAction,
    /// What to tell the student.
    pub comment: Option<String>,
    /// Reason code, to reject.
    pub reason: Option<String>,
    /// Points of the checklist.
    pub checklist: Vec<String>,
    /// Other facts, to propose.
    pub changes: Option<RawChanges>,
}

/// What a reviewer wants, whole.
#[derive(Clone, Debug)]
pub struct Decision {
    pub(super) action: DecisionAction,
    pub(super) comment: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) checklist: Vec<String>,
    pub(super) changes: Option<RawChanges>,
}

impl Decision {
    /// A refusal needs a reason and a text; sending back needs a text or a point of the checklist; a proposal needs
    /// facts, and nothing else has any.
    pub fn parse(raw: RawDecision) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let comment = errors
            .take("comment", paragraphs(raw.comment.as_deref().unwrap_or_default(), 2000))
            .unwrap_or_default();
        let comment = Some(comment).filter(|text| !text.is_empty());
        let reason = raw.reason.filter(|reason| !reason.trim().is_empty());
        let changes = raw.changes.filter(|changes| *changes != RawChanges::default());
        match raw.action {
            DecisionAction::Approve => {}
            DecisionAction::Reject => {
                if reason.is_none() {
                    errors.add("reason", "required", "Choose a reason.");
                }
                if comment.is_none() {
                    errors.add("comment", "required", "Tell the student why.");
                }
            }
            DecisionAction::RequestChanges => {
                if comment.is_none() && raw.checklist.is_empty() {
                    errors.add("comment", "required", "Tell the student what to change.");
                }
            }
            DecisionAction::ProposeCorrection => {
                if changes.is_none() {
                    errors.add("changes", "required", "Say which facts should be others.");
                }
            }
        }
        if raw.action != DecisionAction::ProposeCorrection && changes.is_some() {
            errors.add("changes", "not_allowed", "Only a proposal changes facts.");
        }
        if raw.checklist.len() > 20 || raw.checklist.iter().any(|point| point.chars().count() > 200)
        {
            errors.add(
                "checklist",
                "too_long",
                "At most 20 points of at most 200 characters are allowed.",
            );
        }
        let decision =
            Self { action: raw.action, comment, reason, checklist: raw.checklist, changes };
        errors.or(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(action: DecisionAction) -> RawDecision {
        RawDecision {
            action,
            comment: Some("  ".into()),
            reason: None,
            checklist: vec![],
            changes: None,
        }
    }

    fn pointers(raw: RawDecision) -> Vec<String> {
        let errors = Decision::parse(raw).err().unwrap_or_default();
        errors.0.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn a_refusal_needs_a_reason_and_a_text() {
        assert_eq!(pointers(raw(DecisionAction::Reject)), ["/reason", "/comment"]);
    }

    #[test]
    fn sending_back_needs_a_text_or_a_point() {
        assert_eq!(pointers(raw(DecisionAction::RequestChanges)), ["/comment"]);
        let pointed = RawDecision {
            checklist: vec!["Name readable".into()],
            ..raw(DecisionAction::RequestChanges)
        };
        assert!(Decision::parse(pointed).is_ok());
    }

    #[test]
    fn a_proposal_needs_facts_and_nothing_else_has_any() {
        let changes = Some(RawChanges { title: Some("Runner-up".into()), ..RawChanges::default() });
        let propose = raw(DecisionAction::ProposeCorrection);
        assert_eq!(pointers(propose.clone()), ["/changes"]);
        assert!(Decision::parse(RawDecision { changes: changes.clone(), ..propose }).is_ok());
        let approve = RawDecision { changes, ..raw(DecisionAction::Approve) };
        assert_eq!(pointers(approve), ["/changes"]);
    }

    #[test]
    fn an_approval_needs_nothing_more() {
        assert!(Decision::parse(raw(DecisionAction::Approve)).is_ok());
    }
}
