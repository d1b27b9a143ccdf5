//! A scheme of activity points: data that a college may write, read once and whole from then on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::achievement::{Level, Outcome};
use crate::domain::field::FieldErrors;
use crate::domain::member::words;

words! {
    /// How a student came to the programme: schemes ask different totals of each.
    StudentKind {
        /// From the first year on.
        Regular = "regular",
        /// Entered in the second year.
        Lateral = "lateral",
        /// Came from another university later.
        Transfer = "transfer",
        /// A person with disabilities.
        Pwd = "pwd",
    }
}

words! {
    /// Of what the best are kept.
    Per {
        /// Of the items of one event; one that names no event stands alone.
        Event = "event",
        /// Of all items of the activity.
        Activity = "activity",
    }
}

/// A number that depends on the kind of student.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ByKind {
    /// For whoever is not named below.
    pub regular: u32,
    /// For others.
    #[serde(flatten)]
    pub others: BTreeMap<StudentKind, u32>,
}

/// How many points there are for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Points that a student needs in all.
    pub target: ByKind,
    /// Most points that count in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<ByKind>,
    /// Hours that a student needs in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_hours: Option<ByKind>,
    /// Heads, segments or groups, in their order.
    pub groups: Vec<Group>,
}

/// A head, segment or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Short and stable.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// Points that a student needs here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<ByKind>,
    /// Most points that count here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<ByKind>,
    /// What gives points here. An achievement belongs to the first activity of the scheme that takes it.
    pub activities: Vec<Activity>,
}

/// What gives points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Short and stable; unique in the scheme.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// Which achievements it takes.
    pub takes: Takes,
    /// How many points one of them gives.
    pub points: Points,
    /// Points on top for what came of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bonus: BTreeMap<Outcome, BTreeMap<Level, u32>>,
    /// Most points that count here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<u32>,
    /// Hours that each achievement needs to give any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_hours: Option<u32>,
    /// How many of those that belong together give points.
    #[serde(default)]
    pub keep: Keep,
}

/// Which achievements an activity takes: those that are in every list that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Takes {
    /// Codes of categories.
    pub categories: Vec<String>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// Domains, such as `sports`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Schemes of the government, such as `NSS`; in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemes: Vec<String>,
}

/// How many points one achievement gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Points {
    /// The same for each.
    Fixed(u32),
    /// By how far it reached; nothing at a level that is not named.
    ByLevel(BTreeMap<Level, u32>),
    /// By its hours, whole points only.
    ByHours {
        /// So many hours give …
        hours: u32,
        /// … so many points.
        points: u32,
    },
}

/// How many of those that belong together give points: the best ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// So many …
    pub best: u32,
    /// … of these.
    pub per: Per,
}

impl Default for Keep {
    fn default() -> Self {
        Self { best: 1, per: Per::Event }
    }
}

/// No number of a scheme is larger.
const LARGEST: u32 = 10_000;

impl ByKind {
    /// What holds for a student of this kind.
    pub fn of(&self, kind: StudentKind) -> u32 {
        self.others.get(&kind).copied().unwrap_or(self.regular)
    }
}

impl Scheme {
    /// A scheme from its JSON; every fault at once, below `/content`.
    pub fn parse(content: &serde_json::Value) -> Result<Self, FieldErrors> {
        let scheme = Self::deserialize(content)
            .map_err(|error| FieldErrors::one("content", "malformed", error.to_string()))?;
        let mut errors = FieldErrors::default();
        scheme.check_groups(&mut errors);
        scheme.check_numbers(&mut errors);
        errors.or(scheme)
    }

    /// The activity that takes something, with the place of its group.
    pub(super) fn activity(&self, takes: impl Fn(&Takes) -> bool) -> Option<(usize, &Activity)> {
        let all = self.groups.iter().enumerate();
        all.flat_map(|(place, group)| group.activities.iter().map(move |found| (place, found)))
            .find(|(_, activity)| takes(&activity.takes))
    }

    fn check_groups(&self, errors: &mut FieldErrors) {
        if !(1..=20).contains(&self.groups.len()) {
            errors.add("content/groups", "out_of_range", "A scheme has 1 to 20 groups.");
        }
        let (mut groups, mut activities) = (BTreeSet::new(), BTreeSet::new());
        for (place, group) in self.groups.iter().enumerate() {
            let field = format!("content/groups/{place}");
            check_words(&field, (&group.code, &group.name), &mut groups, errors);
            if !(1..=60).contains(&group.activities.len()) {
                let field = format!("{field}/activities");
                errors.add(&field, "out_of_range", "A group has 1 to 60 activities.");
            }
            for kind in StudentKind::ALL {
                let most = group.maximum.as_ref().map_or(u32::MAX, |maximum| maximum.of(*kind));
                if group.minimum.as_ref().is_some_and(|minimum| minimum.of(*kind) > most) {
                    let field = format!("{field}/minimum");
                    errors.add(&field, "out_of_range", "Nobody could reach this minimum.");
                    break;
                }
            }
            for (place, activity) in group.activities.iter().enumerate() {
                let field = format!("{field}/activities/{place}");
                check_words(&field, (&activity.code, &activity.name), &mut activities, errors);
                if activity.takes.categories.is_empty() {
                    let field = format!("{field}/takes/categories");
                    errors.add(&field, "required", "Name at least one category.");
                }
                if activity.keep.best == 0 {
                    let field = format!("{field}/keep/best");
                    errors.add(&field, "out_of_range", "At least one is kept.");
                }
                if matches!(activity.points, Points::ByHours { hours: 0, .. }) {
                    let field = format!("{field}/points/by_hours/hours");
                    errors.add(&field, "out_of_range", "Hours must be 1 or more.");
                }
            }
        }
    }

    fn check_numbers(&self, errors: &mut FieldErrors) {
        let totals = [Some(&self.target), self.maximum.as_ref(), self.minimum_hours.as_ref()];
        let bounds = self.groups.iter().flat_map(|group| [&group.minimum, &group.maximum]);
        let kinds = totals.into_iter().chain(bounds.map(Option::as_ref)).flatten();
        let kinds = kinds.flat_map(|amount| StudentKind::ALL.iter().map(|kind| amount.of(*kind)));
        let activities = self.groups.iter().flat_map(|group| &group.activities);
        let own = activities.flat_map(|activity| {
            let points = match &activity.points {
                Points::Fixed(points) => vec![*points],
                Points::ByLevel(levels) => levels.values().copied().collect(),
                Points::ByHours { hours, points } => vec![*hours, *points],
            };
            let bonus = activity.bonus.values().flat_map(BTreeMap::values).copied();
            points.into_iter().chain(bonus).chain(activity.maximum).chain(activity.minimum_hours)
        });
        if kinds.chain(own).any(|number| number > LARGEST) {
            errors.add("content", "out_of_range", "No number of a scheme is above 10,000.");
        }
    }
}

impl Takes {
    /// Whether all that is asked for holds; `None` is in no list.
    pub(super) fn holds(
        &self,
        category: &str,
        outcome: Option<Outcome>,
        domain: Option<&str>,
        scheme: Option<&str>,
    ) -> bool {
        let none = |list: &[String], word: Option<&str>| {
            !list.is_empty()
                && !word.is_some_and(|word| list.iter().any(|one| one.eq_ignore_ascii_case(word)))
        };
        self.categories.iter().any(|code| code == category)
            && (self.outcomes.is_empty() || outcome.is_some_and(|one| self.outcomes.contains(&one)))
            && !none(&self.domains, domain)
            && !none(&self.schemes, scheme)
    }
}

fn check_words(
    field: &str,
    (code, name): (&str, &str),
    seen: &mut BTreeSet<String>,
    errors: &mut FieldErrors,
) {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if code.is_empty() || code.len() > 40 || !code.bytes().all(plain) {
        let detail = "A code is 1 to 40 lower-case letters, digits and underscores.";
        errors.add(&format!("{field}/code"), "malformed", detail);
    } else if !seen.insert(code.to_owned()) {
        errors.add(&format!("{field}/code"), "repeated", "This code stands there already.");
    }
    if name.trim().is_empty() || name.chars().count() > 120 {
        errors.add(&format!("{field}/name"), "malformed", "A name has 1 to 120 characters.");
    }
}
