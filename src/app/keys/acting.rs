//! Who acts on keys: a member over HTTP, or whoever runs the hub, on its machine.

use serde_json::{Value, json};

use crate::app::Refusal;
use crate::app::record::Actor;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::Caller;
use crate::domain::text;

/// Who acts.
#[derive(Clone, Debug)]
pub enum Acting {
    /// A member of the college, whose right the edge has asked for.
    Member(Caller),
    /// Whoever runs the hub: they hold the machine and its master key.
    Operator(Operator),
}

/// Whoever runs the hub, by the name they gave.
#[derive(Clone, Debug)]
pub struct Operator {
    college: CollegeId,
    name: String,
}

impl Operator {
    /// Somebody with a name, acting on this college.
    ///
    /// # Errors
    /// `Invalid` for a name that is none.
    pub fn new(name: &str, college: CollegeId) -> Result<Self, Refusal> {
        let name = text::line(name, 2, 120)
            .map_err(|error| Refusal::field("operator", error.code(), error.to_string()))?;
        Ok(Self { college, name })
    }
}

impl Acting {
    /// The college acted on.
    pub fn college(&self) -> CollegeId {
        match self {
            Self::Member(caller) => caller.college,
            Self::Operator(operator) => operator.college,
        }
    }

    /// The member, where it is one.
    pub(crate) fn member(&self) -> Option<MemberId> {
        match self {
            Self::Member(caller) => Some(caller.member),
            Self::Operator(_) => None,
        }
    }

    /// The operator's name, where it is one.
    pub(crate) fn operator(&self) -> Option<&str> {
        match self {
            Self::Member(_) => None,
            Self::Operator(operator) => Some(&operator.name),
        }
    }

    /// As events have them.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Member(caller) => caller.into(),
            Self::Operator(_) => Actor::HUB,
        }
    }

    /// The facts of an event, which name the operator where one acted.
    pub(crate) fn facts(&self, mut facts: Value) -> Value {
        if let Some(name) = self.operator() {
            facts["operator"] = json!(name);
        }
        facts
    }
}

impl From<Caller> for Acting {
    fn from(caller: Caller) -> Self {
        Self::Member(caller)
    }
}
