//! The states of an achievement's revisions, and who may do what next (transitions T1 to T13).

use chrono::{DateTime, Duration, Utc};

use super::member::words;

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
    /// What a reviewer may decide.
    DecisionAction {
        /// Make it live and issue the credential.
        Approve = "approve",
        /// Refuse it, with a reason.
        Reject = "reject",
        /// Send it back for changes.
        RequestChanges = "request_changes",
        /// Propose other facts, which the student confirms or declines.
        ProposeCorrection = "propose_correction",
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
        /// Begin a new version beside the one that is live.
        Amend = "amend",
        /// Throw the new version away; what is live stays.
        DropAmendment = "drop_amendment",
        /// Ask another reviewer, once.
        Appeal = "appeal",
        /// Agree to the facts that a reviewer proposed.
        ConfirmCorrection = "confirm_correction",
        /// Keep one's own facts, with a text.
        DeclineCorrection = "decline_correction",
        /// Approve it.
        Approve = "approve",
        /// Refuse it.
        Reject = "reject",
        /// Send it back.
        RequestChanges = "request_changes",
        /// Propose other facts.
        ProposeCorrection = "propose_correction",
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
/// How long a rejection can be appealed against.
pub const APPEAL_WINDOW: Duration = Duration::days(30);
/// How long whoever asked for changes sees the next version before everybody else does.
pub const SAME_REVIEWER_FIRST: Duration = Duration::hours(72);
/// How long a claim advises others to look elsewhere.
pub const CLAIM: Duration = Duration::minutes(15);

impl Status {
    /// Whether nothing comes of a revision any more: it is neither open nor live.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Draft | Self::Submitted | Self::CorrectionProposed | Self::Approved => false,
            Self::Withdrawn
            | Self::ChangesRequested
            | Self::Rejected
            | Self::Superseded
            | Self::Revoked => true,
        }
    }
}

impl DecisionAction {
    /// Where it leads, and the kind of its event.
    pub const fn leads_to(self) -> (Status, &'static str) {
        match self {
            Self::Approve => (Status::Approved, "approved"),
            Self::Reject => (Status::Rejected, "rejected"),
            Self::RequestChanges => (Status::ChangesRequested, "changes_requested"),
            Self::ProposeCorrection => (Status::CorrectionProposed, "correction_proposed"),
        }
    }

    /// The act that it is.
    pub const fn action(self) -> Action {
        match self {
            Self::Approve => Action::Approve,
            Self::Reject => Action::Reject,
            Self::RequestChanges => Action::RequestChanges,
            Self::ProposeCorrection => Action::ProposeCorrection,
        }
    }
}

/// The last decision on an item that stands, as far as the next act depends on it.
#[derive(Clone, Copy, Debug)]
pub struct LastDecision {
    /// What was decided.
    pub action: DecisionAction,
    /// When it fell.
    pub decided_at: DateTime<Utc>,
    /// Whether the caller took it.
    pub by_caller: bool,
    /// Whether nobody acted on the item since, and nothing was exported with it.
    pub untouched: bool,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Status of the shown revision: the open one, else the live one, else the last closed one.
    pub status: Status,
    /// Its number.
    pub revision: i32,
    /// Whether there is a live revision, shown or beside the shown one.
    pub live: bool,
    /// Whether an appeal was opened before.
    pub appealed: bool,
    /// Whether the first of two persons approved the shown revision.
    pub half_approved: bool,
    /// The last decision that stands.
    pub last: Option<LastDecision>,
}

/// What the caller is to the item.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relation {
    /// Owns it.
    pub owner: bool,
    /// May hand in (a confirmed member).
    pub may_submit: bool,
    /// May decide on it: in reach, not their own, not their team's, not an appeal against them.
    pub reviewer: bool,
    /// Approved the shown revision already, as the first of two.
    pub approved_already: bool,
    /// May revoke its credential.
    pub may_revoke: bool,
}

/// The acts that are open to the caller now.
pub fn allowed(standing: Standing, relation: Relation, now: DateTime<Utc>) -> Vec<Action> {
    let mut actions = match standing.status {
        Status::Draft if relation.owner => draft(standing, relation),
        Status::Submitted if relation.owner => vec![Action::Withdraw],
        Status::Submitted if relation.reviewer => submitted(standing, relation),
        Status::CorrectionProposed if relation.owner => {
            vec![Action::ConfirmCorrection, Action::DeclineCorrection]
        }
        Status::Approved if relation.owner && relation.may_submit => vec![Action::Amend],
        Status::Approved if relation.reviewer => vec![Action::ProposeCorrection],
        Status::Rejected if relation.owner && relation.may_submit => appeal(standing, now),
        Status::Draft
        | Status::Submitted
        | Status::CorrectionProposed
        | Status::Withdrawn
        | Status::ChangesRequested
        | Status::Rejected
        | Status::Approved
        | Status::Superseded
        | Status::Revoked => Vec::new(),
    };
    if standing.live && relation.may_revoke {
        actions.push(Action::Revoke);
    }
    if standing.last.is_some_and(|last| may_undo(last, now)) {
        actions.push(Action::Undo);
    }
    actions
}

fn draft(standing: Standing, relation: Relation) -> Vec<Action> {
    let mut actions = vec![Action::Edit];
    if standing.revision == 1 {
        actions.push(Action::Delete);
    }
    if standing.live {
        actions.push(Action::DropAmendment);
    }
    if relation.may_submit {
        actions.push(Action::Submit);
    }
    actions
}

fn submitted(standing: Standing, relation: Relation) -> Vec<Action> {
    let mut actions = Vec::new();
    if !relation.approved_already {
        actions.push(Action::Approve);
    }
    actions.extend([Action::Reject, Action::RequestChanges]);
    // Facts do not change under somebody's approval.
    if !standing.half_approved {
        actions.push(Action::ProposeCorrection);
    }
    actions
}

fn appeal(standing: Standing, now: DateTime<Utc>) -> Vec<Action> {
    let in_time = standing.last.is_some_and(|last| {
        last.action == DecisionAction::Reject && now - last.decided_at <= APPEAL_WINDOW
    });
    if in_time && !standing.appealed { vec![Action::Appeal] } else { Vec::new() }
}

fn may_undo(last: LastDecision, now: DateTime<Utc>) -> bool {
    let final_one = match last.action {
        DecisionAction::Approve | DecisionAction::Reject | DecisionAction::RequestChanges => true,
        // The student answers it; nothing was decided yet.
        DecisionAction::ProposeCorrection => false,
    };
    final_one && last.by_caller && last.untouched && now - last.decided_at <= UNDO_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Relation = Relation {
        owner: true,
        may_submit: true,
        reviewer: false,
        approved_already: false,
        may_revoke: false,
    };
    const REVIEWER: Relation =
        Relation { owner: false, may_submit: false, reviewer: true, ..OWNER };

    fn at(status: Status) -> Standing {
        Standing {
            status,
            revision: 1,
            live: false,
            appealed: false,
            half_approved: false,
            last: None,
        }
    }

    fn decided(action: DecisionAction, by_caller: bool) -> Option<LastDecision> {
        Some(LastDecision { action, decided_at: DateTime::UNIX_EPOCH, by_caller, untouched: true })
    }

    fn after(duration: Duration) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + duration
    }

    #[test]
    fn an_owner_never_decides_and_a_reviewer_never_edits() {
        let owners = [
            Action::Edit,
            Action::Submit,
            Action::Amend,
            Action::Appeal,
            Action::ConfirmCorrection,
            Action::DeclineCorrection,
        ];
        let reviewers = [
            Action::Approve,
            Action::Reject,
            Action::RequestChanges,
            Action::ProposeCorrection,
            Action::Revoke,
        ];
        for status in Status::ALL {
            let standing = Standing { live: true, ..at(*status) };
            let own = allowed(standing, OWNER, DateTime::UNIX_EPOCH);
            assert!(!own.iter().any(|action| reviewers.contains(action)), "{status:?}: {own:?}");
            let theirs = allowed(standing, REVIEWER, DateTime::UNIX_EPOCH);
            assert!(!theirs.iter().any(|action| owners.contains(action)), "{status:?}: {theirs:?}");
        }
    }

    #[test]
    fn a_decision_can_be_undone_for_ten_minutes_by_the_decider_and_a_proposal_never() {
        let undo = |action, by_caller, minutes| {
            let standing = Standing { last: decided(action, by_caller), ..at(Status::Approved) };
            allowed(standing, REVIEWER, after(Duration::minutes(minutes))).contains(&Action::Undo)
        };
        assert!(undo(DecisionAction::Approve, true, 10));
        assert!(!undo(DecisionAction::Approve, true, 11));
        assert!(!undo(DecisionAction::Approve, false, 1));
        assert!(!undo(DecisionAction::ProposeCorrection, true, 1));
    }

    #[test]
    fn a_rejection_is_appealed_against_once_within_thirty_days() {
        let appeal = |appealed, days| {
            let last = decided(DecisionAction::Reject, false);
            let standing = Standing { last, appealed, ..at(Status::Rejected) };
            allowed(standing, OWNER, after(Duration::days(days))).contains(&Action::Appeal)
        };
        assert!(appeal(false, 30));
        assert!(!appeal(false, 31));
        assert!(!appeal(true, 1));
    }

    #[test]
    fn the_first_of_two_reviewers_may_change_their_mind_and_not_approve_again() {
        let first = Relation { approved_already: true, ..REVIEWER };
        let standing = Standing { half_approved: true, ..at(Status::Submitted) };
        let open = |relation| allowed(standing, relation, DateTime::UNIX_EPOCH);
        assert_eq!(open(first), [Action::Reject, Action::RequestChanges]);
        assert_eq!(open(REVIEWER), [Action::Approve, Action::Reject, Action::RequestChanges]);
    }

    #[test]
    fn an_amendment_can_be_dropped_and_a_draft_sent_back_cannot() {
        let draft = Standing { revision: 2, ..at(Status::Draft) };
        let beside = Standing { live: true, ..draft };
        let open = |standing| allowed(standing, OWNER, DateTime::UNIX_EPOCH);
        assert_eq!(open(draft), [Action::Edit, Action::Submit]);
        assert_eq!(open(beside), [Action::Edit, Action::DropAmendment, Action::Submit]);
    }

    #[test]
    fn what_is_live_can_be_revoked_while_its_amendment_is_written() {
        let revoker = Relation { may_revoke: true, ..Relation::default() };
        let standing = Standing { live: true, ..at(Status::Draft) };
        assert_eq!(allowed(standing, revoker, DateTime::UNIX_EPOCH), [Action::Revoke]);
        assert_eq!(allowed(at(Status::Draft), revoker, DateTime::UNIX_EPOCH), []);
    }
}
