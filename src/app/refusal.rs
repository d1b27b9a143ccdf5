//! Why a use case did not do what was asked: one vocabulary, the error table of the HTTP API.

use chrono::{DateTime, Utc};

use super::one_time::Secret;
use crate::domain::achievement::Action;
use crate::domain::authentication::Method;
use crate::domain::field::{FieldError, FieldErrors};
use crate::domain::key::KeyState;
use crate::domain::key_life::KeyAction;
use crate::storage::{Guard, StorageError};

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such thing, or none that the caller may know of.
    #[error("There is nothing here under this address, or you may not see it.")]
    NotFound,
    /// No token, or one that does not hold.
    #[error("Please sign in.")]
    Unauthenticated,
    /// The e-mail or the password is wrong; it is not said which.
    #[error("The e-mail address or the password is not right.")]
    WrongPassword,
    /// The password was right; a second factor is asked for.
    #[error("Please show your second factor.")]
    SecondFactorRequired(SecondFactorChallenge),
    /// The code, the recovery code or the passkey is wrong, or was used.
    #[error("This does not hold, or it was used already. Please try the next code.")]
    WrongFactor,
    /// What the caller wants to do is asked for anew: they have to show once more who they are.
    #[error("Please show once more who you are.")]
    StepUpRequired {
        /// Everything of one of these.
        ways: Vec<Vec<Method>>,
    },
    /// An account would have to be opened, and its person did not agree to the present consent text.
    #[error("Please read the present consent text and agree to it.")]
    ConsentRequired,
    /// The caller lacks the right.
    #[error("Your role does not allow this.")]
    Forbidden,
    /// The caller has a conflict of interest.
    #[error(
        "Nobody decides on what is their own, on their team's, or on an appeal against themselves."
    )]
    OwnItem,
    /// The account is not confirmed yet.
    #[error("{0}")]
    NotConfirmed(&'static str),
    /// The input has faults.
    #[error("Some of this cannot be accepted as it is.")]
    Invalid(Vec<FieldError>),
    /// Somebody changed it in between.
    #[error("Somebody changed this in the meantime.")]
    Stale(Current),
    /// An operation that needs If-Match came without.
    #[error("Send the ETag you saw as If-Match, so that nobody's change is overwritten.")]
    PreconditionRequired,
    /// The state does not allow the act.
    #[error("This is not possible in the present state.")]
    InvalidTransition {
        /// What is possible for the caller.
        allowed: Vec<Action>,
    },
    /// The state of a key does not allow the act.
    #[error("A key that is {} does not allow this.", .state.as_str())]
    KeyTransition {
        /// Where the key stands.
        state: KeyState,
        /// What its state allows.
        allowed: Vec<KeyAction>,
    },
    /// Whoever looks at the hub as somebody else sees it, only looks.
    #[error(
        "You are looking at the hub as somebody else sees it: nothing can be changed this way."
    )]
    ReadOnly,
    /// What takes two persons was to be decided by the one who asked.
    #[error("This takes two persons: somebody else than the one who asked has to agree.")]
    SamePerson,
    /// The same thing is there already.
    #[error("{0}")]
    Conflict(&'static str),
    /// An Idempotency-Key that was given to another request.
    #[error("This Idempotency-Key belongs to another request: make a new one for each intention.")]
    KeyOfAnotherRequest,
    /// The first request of an Idempotency-Key has not ended.
    #[error("The same request is under way; ask again in a moment.")]
    StillRunning,
    /// The e-mail stands in several colleges; the password was right.
    #[error("This e-mail address is known in several colleges: choose one.")]
    ChooseCollege(Vec<CollegeChoice>),
    /// Too many octets.
    #[error("{0}")]
    TooLarge(String),
    /// Not of an accepted kind.
    #[error("{0}")]
    UnsupportedType(String),
    /// Too many attempts.
    #[error("Too many attempts; please wait.")]
    RateLimited {
        /// Seconds until the next attempt.
        retry_after: u64,
    },
    /// Every worker is taken.
    #[error("The hub is busy; please try again in a moment.")]
    Busy,
    /// Something broke. The caller is told nothing more.
    #[error("Something went wrong on our side. It was noted; please try again.")]
    Internal(#[source] anyhow::Error),
}

/// What stands there now, for whoever came too late.
#[derive(Clone, Debug)]
pub struct Current {
    /// The state word.
    pub status: &'static str,
    /// Name of who decided, where somebody did.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// The version to send as If-Match.
    pub version: i64,
}

/// A log-in that waits for its second factor.
#[derive(Clone, Debug)]
pub struct SecondFactorChallenge {
    /// To be sent with the answer, within five minutes.
    pub token: Secret,
    /// What may be shown.
    pub methods: Vec<Method>,
    /// Seconds that the token holds.
    pub expires_in: i64,
}

/// A college to choose from at log-in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CollegeChoice {
    /// To send as `college`.
    pub slug: String,
    /// To show.
    pub name: String,
}

impl Refusal {
    /// One field is wrong.
    pub fn field(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        FieldErrors::one(field, code, detail).into()
    }

    /// Something broke that should not have.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        match error.refused_by() {
            Some(Guard::LastAdmin) => Self::Conflict(
                "The last admin cannot be removed: make somebody else an admin, without an end, first.",
            ),
            Some(Guard::Suspended) => Self::Conflict(
                "The college is suspended: nothing is decided or handed in until its hub is open again.",
            ),
            None => Self::Internal(error.into()),
        }
    }
}

impl From<FieldErrors> for Refusal {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors.0)
    }
}
