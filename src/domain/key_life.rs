//! What may follow what in the life of a signing key.

use serde::{Deserialize, Serialize};

use super::key::KeyState;

/// What may be done with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyAction {
    /// Put a pending key to use; the one before it retires.
    Activate,
    /// Put a new key in its place.
    Rotate,
    /// Stop using it, with nothing in its place.
    Retire,
    /// Stop using it at once, on a suspicion.
    Freeze,
    /// Say that the suspicion was wrong; takes two persons.
    Unfreeze,
    /// Say that it is in other hands; takes two persons.
    Compromise,
}

impl KeyAction {
    /// Every action.
    pub const ALL: [Self; 6] = [
        Self::Activate,
        Self::Rotate,
        Self::Retire,
        Self::Freeze,
        Self::Unfreeze,
        Self::Compromise,
    ];

    /// The word it is sent as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Rotate => "rotate",
            Self::Retire => "retire",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Compromise => "compromise",
        }
    }
}

/// Where a key stands in its life, with what decides on what may follow.
///
/// A transition takes the one and gives the next, or says why there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyLife {
    /// Never used so far.
    Pending,
    /// Signs.
    Active,
    /// Its private part is destroyed; what it signed stays valid.
    Retired,
    /// Put aside before it was ever used.
    Discarded,
    /// Signs nothing; its private part is there, unless it was replaced.
    Frozen {
        /// Another one took its place, before or since.
        replaced: bool,
    },
    /// In other hands; its private part is destroyed.
    Compromised,
}

/// The key's state does not allow this.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a key that is {} cannot be made to {}", .state.as_str(), .action.as_str())]
pub struct TransitionError {
    /// Where it stands.
    pub state: KeyState,
    /// What was asked for.
    pub action: KeyAction,
}

impl KeyLife {
    /// From what is kept of a key: its state, and whether it was ever put to use and stopped for good.
    pub fn new(state: KeyState, was_activated: bool, was_retired: bool) -> Self {
        match state {
            KeyState::Pending => Self::Pending,
            KeyState::Active => Self::Active,
            KeyState::Retired if was_activated => Self::Retired,
            KeyState::Retired => Self::Discarded,
            KeyState::Frozen => Self::Frozen { replaced: was_retired },
            KeyState::Compromised => Self::Compromised,
        }
    }

    /// The state that it shows.
    pub fn state(self) -> KeyState {
        match self {
            Self::Pending => KeyState::Pending,
            Self::Active => KeyState::Active,
            Self::Retired | Self::Discarded => KeyState::Retired,
            Self::Frozen { .. } => KeyState::Frozen,
            Self::Compromised => KeyState::Compromised,
        }
    }

    /// Whether there is a private part.
    pub fn has_private_part(self) -> bool {
        match self {
            Self::Pending | Self::Active | Self::Frozen { replaced: false } => true,
            Self::Retired
            | Self::Discarded
            | Self::Frozen { replaced: true }
            | Self::Compromised => false,
        }
    }

    /// Put to use.
    pub fn activate(self) -> Result<Self, TransitionError> {
        match self {
            Self::Pending => Ok(Self::Active),
            Self::Active
            | Self::Retired
            | Self::Discarded
            | Self::Frozen { .. }
            | Self::Compromised => Err(self.refuse(KeyAction::Activate)),
        }
    }

    /// Another one takes its place. A frozen one stays frozen: replacing a key clears nobody's suspicion.
    pub fn rotate(self) -> Result<Self, TransitionError> {
        match self {
            Self::Active => Ok(Self::Retired),
            Self::Frozen { replaced: false } => Ok(Self::Frozen { replaced: true }),
            Self::Pending
            | Self::Retired
            | Self::Discarded
            | Self::Frozen { replaced: true }
            | Self::Compromised => Err(self.refuse(KeyAction::Rotate)),
        }
    }

    /// Stopped for good, with nothing in its place.
    pub fn retire(self) -> Result<Self, TransitionError> {
        match self {
            Self::Active => Ok(Self::Retired),
            Self::Pending => Ok(Self::Discarded),
            Self::Retired | Self::Discarded | Self::Frozen { .. } | Self::Compromised => {
                Err(self.refuse(KeyAction::Retire))
            }
        }
    }

    /// Stopped at once: one person is enough.
    pub fn freeze(self) -> Result<Self, TransitionError> {
        match self {
            Self::Active => Ok(Self::Frozen { replaced: false }),
            Self::Retired => Ok(Self::Frozen { replaced: true }),
            Self::Pending | Self::Discarded | Self::Frozen { .. } | Self::Compromised => {
                Err(self.refuse(KeyAction::Freeze))
            }
        }
    }

    /// The suspicion was wrong: back to where it was.
    pub fn unfreeze(self) -> Result<Self, TransitionError> {
        match self {
            Self::Frozen { replaced: false } => Ok(Self::Active),
            Self::Frozen { replaced: true } => Ok(Self::Retired),
            Self::Pending | Self::Active | Self::Retired | Self::Discarded | Self::Compromised => {
                Err(self.refuse(KeyAction::Unfreeze))
            }
        }
    }

    /// In other hands.
    pub fn compromise(self) -> Result<Self, TransitionError> {
        match self {
            Self::Active | Self::Retired | Self::Frozen { .. } => Ok(Self::Compromised),
            Self::Pending | Self::Discarded | Self::Compromised => {
                Err(self.refuse(KeyAction::Compromise))
            }
        }
    }

    /// What comes of an action.
    pub fn after(self, action: KeyAction) -> Result<Self, TransitionError> {
        match action {
            KeyAction::Activate => self.activate(),
            KeyAction::Rotate => self.rotate(),
            KeyAction::Retire => self.retire(),
            KeyAction::Freeze => self.freeze(),
            KeyAction::Unfreeze => self.unfreeze(),
            KeyAction::Compromise => self.compromise(),
        }
    }

    /// Everything that may be done with it now.
    pub fn allowed(self) -> Vec<KeyAction> {
        KeyAction::ALL.into_iter().filter(|action| self.after(*action).is_ok()).collect()
    }

    fn refuse(self, action: KeyAction) -> TransitionError {
        TransitionError { state: self.state(), action }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place in a key's life, with all that may follow.
    const LIVES: [(KeyLife, &[KeyAction]); 7] = [
        (KeyLife::Pending, &[KeyAction::Activate, KeyAction::Retire]),
        (
            KeyLife::Active,
            &[KeyAction::Rotate, KeyAction::Retire, KeyAction::Freeze, KeyAction::Compromise],
        ),
        (KeyLife::Retired, &[KeyAction::Freeze, KeyAction::Compromise]),
        (KeyLife::Discarded, &[]),
        (
            KeyLife::Frozen { replaced: false },
            &[KeyAction::Rotate, KeyAction::Unfreeze, KeyAction::Compromise],
        ),
        (KeyLife::Frozen { replaced: true }, &[KeyAction::Unfreeze, KeyAction::Compromise]),
        (KeyLife::Compromised, &[]),
    ];

    #[test]
    fn exactly_these_steps_lead_on_from_each_place() {
        for (life, allowed) in LIVES {
            assert_eq!(life.allowed(), allowed, "{life:?}");
        }
    }

    #[test]
    fn a_private_part_once_destroyed_never_comes_back() {
        for (life, allowed) in LIVES {
            for action in allowed {
                let next = life.after(*action).unwrap();
                assert!(
                    life.has_private_part() || !next.has_private_part(),
                    "{life:?} {action:?} {next:?}"
                );
                assert!(
                    next.state() != KeyState::Active || next.has_private_part(),
                    "{life:?} {action:?}"
                );
            }
        }
    }

    #[test]
    fn replacing_a_frozen_key_leaves_it_under_suspicion() {
        let frozen = KeyLife::Active.freeze().unwrap();
        let replaced = frozen.rotate().unwrap();
        assert_eq!(replaced.state(), KeyState::Frozen);
        assert_eq!(replaced.unfreeze(), Ok(KeyLife::Retired));
        assert_eq!(frozen.unfreeze(), Ok(KeyLife::Active));
    }

    #[test]
    fn a_refusal_names_the_state_and_the_wish() {
        let error = KeyLife::Compromised.unfreeze().unwrap_err();
        assert_eq!((error.state, error.action), (KeyState::Compromised, KeyAction::Unfreeze));
    }

    #[test]
    fn a_key_is_read_back_to_where_it_stood() {
        assert_eq!(KeyLife::new(KeyState::Retired, false, true), KeyLife::Discarded);
        assert_eq!(KeyLife::new(KeyState::Frozen, true, true), KeyLife::Frozen { replaced: true });
        for (life, _) in LIVES {
            let was_activated = !matches!(life, KeyLife::Pending | KeyLife::Discarded);
            let was_retired = !life.has_private_part();
            assert_eq!(KeyLife::new(life.state(), was_activated, was_retired), life);
        }
    }
}
