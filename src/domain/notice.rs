//! What people are told: kinds of notices, the topics that one chooses by, and when pushes rest.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Duration, NaiveTime};

use super::member::{Language, words};

words! {
    /// What a notice is about.
    NoticeKind {
        /// Approved.
        Approved = "approved",
        /// Approved by one of two.
        FirstApproval = "first_approval",
        /// Refused.
        Rejected = "rejected",
        /// Sent back.
        ChangesRequested = "changes_requested",
        /// A reviewer proposes other facts.
        CorrectionProposed = "correction_proposed",
        /// A decision was taken back.
        Undone = "undone",
        /// A credential was revoked.
        Revoked = "revoked",
        /// An exported portfolio holds what holds no more.
        PortfolioOutdated = "portfolio_outdated",
        /// Past approvals came as credentials.
        BroughtAlong = "brought_along",
        /// Credentials were signed anew.
        Reissued = "reissued",
        /// Somebody wrote about an achievement.
        Commented = "commented",
        /// Something waits for review.
        ReviewWaits = "review_waits",
        /// Something waits for a second reviewer.
        SecondReviewWaits = "second_review_waits",
        /// The changes that were asked for are made.
        Resubmitted = "resubmitted",
        /// What one was looking at was taken back by its student.
        Withdrawn = "withdrawn",
        /// The student agrees to a proposal.
        CorrectionConfirmed = "correction_confirmed",
        /// The student does not.
        CorrectionDeclined = "correction_declined",
        /// Somebody's queue is in one's hands, or one's own in another's.
        DelegationBegun = "delegation_begun",
        /// No longer.
        DelegationEnded = "delegation_ended",
        /// A registration waits to be confirmed.
        RegistrationWaits = "registration_waits",
        /// Credentials wait for a key.
        CredentialsWait = "credentials_wait",
        /// A key was frozen.
        KeyFrozen = "key_frozen",
        /// The freeze was lifted.
        KeyUnfrozen = "key_unfrozen",
        /// A key is in other hands.
        KeyCompromised = "key_compromised",
        /// A key is used no more.
        KeyRetired = "key_retired",
        /// A second person is needed.
        ConfirmationRequested = "confirmation_requested",
        /// The second person said no.
        ConfirmationDeclined = "confirmation_declined",
        /// How one logs in has changed.
        AccountChanged = "account_changed",
        /// The college knows its student.
        Confirmed = "confirmed",
        /// A role was given.
        RoleGranted = "role_granted",
        /// A role ended.
        RoleEnded = "role_ended",
        /// Somebody looks at the hub as this person.
        ImpersonationBegun = "impersonation_begun",
        /// A change of name or programme is asked for.
        MemberChangeAsked = "member_change_asked",
        /// It was refused.
        MemberChangeDeclined = "member_change_declined",
        /// Name or programme changed.
        MemberChanged = "member_changed",
        /// Graduated.
        Graduated = "graduated",
        /// Whatever has no kind of its own.
        News = "news",
    }
}

words! {
    /// What one chooses by: kinds of notices that belong together.
    Topic {
        /// Decisions on one's achievements.
        Decisions = "decisions",
        /// One's credentials and portfolios hold no more.
        Credentials = "credentials",
        /// Credentials that came many at a time.
        Records = "records",
        /// What others write.
        Comments = "comments",
        /// What waits for one as a reviewer.
        Review = "review",
        /// The college's keys, and second persons.
        Keys = "keys",
        /// One's account and roles.
        Account = "account",
    }
}

words! {
    /// How letters come.
    MailChoice {
        /// One for each notice.
        AtOnce = "at_once",
        /// One a day.
        Digest = "digest",
        /// None.
        Off = "off",
    }
}

/// When somebody is told who said nothing about it.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From here on pushes wait.
    pub quiet_from: NaiveTime,
    /// Until here.
    pub quiet_until: NaiveTime,
    /// The hour of the daily letter.
    pub digest_hour: i16,
}

/// Nobody's phone rings at night, and the daily letter is there in the morning.
pub const DEFAULT_TIMES: Times = Times {
    quiet_from: NaiveTime::from_hms_opt(22, 0, 0).expect("a time of day"),
    quiet_until: NaiveTime::from_hms_opt(7, 0, 0).expect("a time of day"),
    digest_hour: 7,
};

impl NoticeKind {
    /// The kind of a stored word; one that this version does not know is news.
    pub fn of(word: &str) -> Self {
        word.parse().unwrap_or(Self::News)
    }

    /// What it is chosen by.
    pub fn topic(self) -> Topic {
        match self {
            Self::Approved
            | Self::FirstApproval
            | Self::Rejected
            | Self::ChangesRequested
            | Self::CorrectionProposed
            | Self::Undone => Topic::Decisions,
            Self::Revoked | Self::PortfolioOutdated => Topic::Credentials,
            Self::BroughtAlong | Self::Reissued => Topic::Records,
            Self::Commented => Topic::Comments,
            Self::ReviewWaits
            | Self::SecondReviewWaits
            | Self::Resubmitted
            | Self::Withdrawn
            | Self::CorrectionConfirmed
            | Self::CorrectionDeclined
            | Self::DelegationBegun
            | Self::DelegationEnded
            | Self::RegistrationWaits
            | Self::MemberChangeAsked => Topic::Review,
            Self::CredentialsWait
            | Self::KeyFrozen
            | Self::KeyUnfrozen
            | Self::KeyCompromised
            | Self::KeyRetired
            | Self::ConfirmationRequested
            | Self::ConfirmationDeclined => Topic::Keys,
            Self::AccountChanged
            | Self::Confirmed
            | Self::RoleGranted
            | Self::RoleEnded
            | Self::ImpersonationBegun
            | Self::MemberChangeDeclined
            | Self::MemberChanged
            | Self::Graduated
            | Self::News => Topic::Account,
        }
    }

    /// Its name in a language: some words without a full stop.
    pub fn heading(self, language: Language) -> &'static str {
        HEADINGS
            .get(&language)
            .and_then(|headings| headings.get(self.as_str()))
            .expect("a test reads every heading")
    }
}

impl Topic {
    /// Where nothing was chosen.
    pub fn default_mail(self) -> MailChoice {
        match self {
            Self::Decisions | Self::Credentials | Self::Keys | Self::Account => MailChoice::AtOnce,
            Self::Records | Self::Comments | Self::Review => MailChoice::Digest,
        }
    }

    /// Where nothing was chosen.
    pub fn default_push(self) -> bool {
        match self {
            Self::Decisions | Self::Credentials | Self::Comments | Self::Keys | Self::Account => {
                true
            }
            Self::Records | Self::Review => false,
        }
    }

    /// Whether one may have no letters of it: not of what ends a credential, of keys, or of one's own account.
    pub fn may_be_off(self) -> bool {
        match self {
            Self::Decisions | Self::Records | Self::Comments | Self::Review => true,
            Self::Credentials | Self::Keys | Self::Account => false,
        }
    }
}

/// How long a push still rests at this time of the reader's day; none where it may go.
pub fn rest(now: NaiveTime, from: NaiveTime, until: NaiveTime) -> Option<Duration> {
    let quiet = if from <= until { from <= now && now < until } else { from <= now || now < until };
    let left = until - now;
    quiet.then(|| if left > Duration::zero() { left } else { left + Duration::days(1) })
}

type Headings = BTreeMap<String, String>;

static HEADINGS: LazyLock<BTreeMap<Language, Headings>> = LazyLock::new(|| {
    let read = |text| serde_json::from_str::<Headings>(text).expect("a test reads every heading");
    BTreeMap::from([
        (Language::English, read(include_str!("../../templates/notices/en.json"))),
        (Language::Hindi, read(include_str!("../../templates/notices/hi.json"))),
        (Language::Tamil, read(include_str!("../../templates/notices/ta.json"))),
    ])
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_heading_of_its_own_in_every_language() {
        let mut seen = std::collections::BTreeSet::new();
        for language in Language::ALL {
            for kind in NoticeKind::ALL {
                let heading = kind.heading(*language);
                assert!(!heading.is_empty() && !heading.ends_with('.'), "{heading}");
                assert!(seen.insert(heading), "{heading} stands for two things");
            }
            assert_eq!(HEADINGS[language].len(), NoticeKind::ALL.len());
        }
    }

    #[test]
    fn what_may_not_be_off_is_not_off_by_default() {
        for topic in Topic::ALL {
            assert!(topic.may_be_off() || topic.default_mail() != MailChoice::Off);
        }
    }

    #[test]
    fn quiet_hours_may_pass_midnight() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let night = |now| rest(now, at(22, 0), at(6, 30));
        assert_eq!(night(at(21, 59)), None);
        assert_eq!(night(at(22, 0)), Some(Duration::minutes(510)));
        assert_eq!(night(at(0, 0)), Some(Duration::minutes(390)));
        assert_eq!(night(at(6, 29)), Some(Duration::minutes(1)));
        assert_eq!(night(at(6, 30)), None);
        assert_eq!(rest(at(13, 0), at(12, 0), at(14, 0)), Some(Duration::hours(1)));
        assert_eq!(rest(at(12, 0), at(12, 0), at(12, 0)), None, "from and until are the same");
    }
}
