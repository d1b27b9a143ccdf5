//! What takes two persons: one asks, another agrees.

use chrono::Duration;

use super::member::words;

/// How long a second person may take.
pub const CONFIRMATION_LIFE: Duration = Duration::days(7);

words! {
    /// What is to be done once a second person agrees.
    ConfirmationKind {
        /// Declare that a key is in other hands.
        KeyCompromise = "key_compromise",
        /// Lift the freeze of a key: a false alarm.
        KeyUnfreeze = "key_unfreeze",
        /// Make somebody a key manager.
        KeyManagerGrant = "key_manager_grant",
        /// Revoke a credential for fraud.
        CredentialRevocation = "credential_revocation",
        /// Revoke everything that one reviewer approved since a time, for fraud.
        ApproverRevocation = "approver_revocation",
    }
}

impl ConfirmationKind {
    /// The word of the notice that asks a second person.
    pub fn notice(self) -> &'static str {
        match self {
            Self::KeyCompromise
            | Self::KeyUnfreeze
            | Self::CredentialRevocation
            | Self::ApproverRevocation => "confirmation_requested",
            Self::KeyManagerGrant => "appointment_requested",
        }
    }
}

words! {
    /// What became of it.
    Outcome {
        /// A second person agreed, and it was done.
        Confirmed = "confirmed",
        /// Somebody declined, or who asked took it back.
        Declined = "declined",
        /// Nobody decided in time.
        Expired = "expired",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for kind in ConfirmationKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        for outcome in Outcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(*outcome));
        }
    }
}
