//! Activity points: what a student's approved achievements come to under a scheme, and which rule cut what.

mod presets;
mod scheme;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::achievement::{Level, Outcome};
use super::ids::AchievementId;
use super::member::words;

pub use presets::{PRESETS, Preset, preset};
pub use scheme::{Activity, ByKind, Group, Keep, Per, Points, Scheme, StudentKind, Takes};

/// What a scheme looks at in an achievement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which one.
    pub id: AchievementId,
    /// Code of its category.
    pub category: String,
    /// How far it reached.
    pub level: Option<Level>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Hours spent.
    pub hours: Option<u32>,
    /// Domain, such as `sports`.
    pub domain: Option<String>,
    /// Scheme of the government, such as `NSS`.
    pub scheme: Option<String>,
    /// What tells one event from another.
    pub event: Option<String>,
    /// Its last day.
    pub day: Option<NaiveDate>,
}

words! {
    /// Why an achievement brings less than its activity gives.
    Rule {
        /// It took fewer hours than the activity asks for.
        MinimumHours = "minimum_hours",
        /// The same at a higher level is kept.
        HighestLevelOnly = "highest_level_only",
        /// A better place in the same is kept.
        WinnerOverParticipant = "winner_over_participant",
        /// As many of these as give points are kept.
        Repeat = "repeat",
        /// The activity is full.
        ActivityCap = "activity_cap",
        /// The group is full.
        GroupCap = "group_cap",
        /// No more points count in all.
        TotalCap = "total_cap",
    }
}

words! {
    /// Why an achievement gives no points at all.
    Nothing {
        /// No activity of the scheme takes it.
        NoActivity = "no_activity",
        /// Its activity goes by level, and gives nothing for this one or for none.
        NoLevel = "no_level",
        /// Its activity goes by hours, and it names too few for a whole point.
        NoHours = "no_hours",
    }
}

/// Points that a rule took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cut {
    /// Which rule.
    pub rule: Rule,
    /// How many.
    pub points: u32,
    /// What is kept in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<AchievementId>,
}

/// What one achievement comes to: `claimed` is what its activity gives, `awarded` what hours and repeats leave of it,
/// `counted` what the caps leave of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemTally {
    /// Which one.
    pub id: AchievementId,
    /// Code of the group.
    pub group: Option<String>,
    /// Code of the activity.
    pub activity: Option<String>,
    /// What its activity gives.
    pub claimed: u32,
    /// After hours and repeats.
    pub awarded: u32,
    /// After caps.
    pub counted: u32,
    /// What took the rest; together `claimed` − `counted`.
    pub cuts: Vec<Cut>,
    /// Where `claimed` is 0: why.
    pub nothing: Option<Nothing>,
}

/// What a group comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupTally {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Points that count here.
    pub counted: u32,
    /// Points that are needed here.
    pub minimum: Option<u32>,
    /// Most that count here.
    pub maximum: Option<u32>,
    /// Points that lack here.
    pub missing: u32,
}

/// What it all comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PointsTally)]
pub struct Tally {
    /// Points that are needed.
    pub target: u32,
    /// Points that count.
    pub counted: u32,
    /// Points that lack, in all and in groups.
    pub missing: u32,
    /// Hours of what counts.
    pub hours: u32,
    /// Hours that are needed.
    pub minimum_hours: Option<u32>,
    /// Whether nothing lacks.
    pub fulfilled: bool,
    /// In the order of the scheme.
    pub groups: Vec<GroupTally>,
    /// In the order of their ids.
    pub items: Vec<ItemTally>,
}

/// Count what a student's achievements come to. Their order is of no matter.
pub fn count(scheme: &Scheme, kind: StudentKind, items: &[Item]) -> Tally {
    let mut placed: Vec<Placed> = items.iter().map(|item| Placed::of(item, scheme)).collect();
    // The best come first, so that caps leave them whole and what is kept is the best.
    placed.sort_by_key(Placed::rank);
    let mut kept = Kept::default();
    for one in &mut placed {
        one.apply_hours();
        kept.weigh(one);
    }
    let mut room = Room::new(scheme, kind);
    for one in &mut placed {
        room.fill(one);
    }
    tally(scheme, kind, placed)
}

/// An achievement in its activity.
struct Placed<'a> {
    item: &'a Item,
    place: Option<(usize, &'a Activity)>,
    tally: ItemTally,
}

/// Smaller is better.
type Rank = (Reverse<u32>, Reverse<Option<Level>>, u8, Option<NaiveDate>, AchievementId);

impl<'a> Placed<'a> {
    fn of(item: &'a Item, scheme: &'a Scheme) -> Self {
        let (domain, of) = (item.domain.as_deref(), item.scheme.as_deref());
        let place = scheme.activity(|takes| takes.holds(&item.category, item.outcome, domain, of));
        let given = place.map_or(Err(Nothing::NoActivity), |(_, activity)| face(activity, item));
        let claimed = given.unwrap_or(0);
        let tally = ItemTally {
            id: item.id,
            group: place.map(|(group, _)| scheme.groups[group].code.clone()),
            activity: place.map(|(_, activity)| activity.code.clone()),
            claimed,
            awarded: claimed,
            counted: 0,
            cuts: Vec::new(),
            nothing: given.err(),
        };
        Self { item, place, tally }
    }

    fn rank(&self) -> Rank {
        let Self { item, tally, .. } = self;
        (Reverse(tally.claimed), Reverse(item.level), merit(item.outcome), item.day, item.id)
    }

    fn cut(&mut self, rule: Rule, points: u32, instead: Option<AchievementId>) {
        if points > 0 {
            self.tally.cuts.push(Cut { rule, points, instead });
        }
    }

    fn apply_hours(&mut self) {
        let asked = self.place.and_then(|(_, activity)| activity.minimum_hours).unwrap_or(0);
        if self.item.hours.unwrap_or(0) < asked {
            self.cut(Rule::MinimumHours, self.tally.awarded, None);
            self.tally.awarded = 0;
        }
    }
}

/// What an activity gives for an achievement, looked at alone.
fn face(activity: &Activity, item: &Item) -> Result<u32, Nothing> {
    let bonus = item
        .outcome
        .zip(item.level)
        .and_then(|(outcome, level)| activity.bonus.get(&outcome)?.get(&level).copied())
        .unwrap_or(0);
    let (points, lacks) = match &activity.points {
        Points::Fixed(points) => (*points, Nothing::NoActivity),
        Points::ByLevel(levels) => {
            let of = item.level.and_then(|level| levels.get(&level).copied());
            (of.unwrap_or(0), Nothing::NoLevel)
        }
        Points::ByHours { hours, points } => {
            let whole = u64::from(item.hours.unwrap_or(0)) * u64::from(*points) / u64::from(*hours);
            (u32::try_from(whole).unwrap_or(u32::MAX), Nothing::NoHours)
        }
    };
    if points == 0 { Err(lacks) } else { Ok(points.saturating_add(bonus)) }
}

/// Smaller is better.
fn merit(outcome: Option<Outcome>) -> u8 {
    match outcome {
        Some(Outcome::Winner) => 0,
        Some(Outcome::RunnerUp) => 1,
        Some(Outcome::Third) => 2,
        Some(Outcome::Completed | Outcome::Organizer) => 3,
        Some(Outcome::Participant) => 4,
        None => 5,
    }
}

/// What is kept already, by activity and event: how many, and the best of them.
#[derive(Default)]
struct Kept<'a>(BTreeMap<(&'a str, Option<&'a str>), (u32, &'a Item)>);

impl<'a> Kept<'a> {
    fn weigh(&mut self, one: &mut Placed<'a>) {
        let Some((_, activity)) = one.place.filter(|_| one.tally.awarded > 0) else { return };
        let event = match activity.keep.per {
            Per::Activity => None,
            Per::Event => match one.item.event.as_deref() {
                None => return,
                event @ Some(_) => event,
            },
        };
        let (kept, best) = self.0.entry((&activity.code, event)).or_insert((0, one.item));
        if *kept < activity.keep.best {
            *kept += 1;
            return;
        }
        let rule = if best.level > one.item.level {
            Rule::HighestLevelOnly
        } else if merit(best.outcome) < merit(one.item.outcome) {
            Rule::WinnerOverParticipant
        } else {
            Rule::Repeat
        };
        let instead = best.id;
        one.cut(rule, one.tally.awarded, Some(instead));
        one.tally.awarded = 0;
    }
}

/// How many points more may count.
struct Room<'a> {
    activities: BTreeMap<&'a str, u32>,
    groups: Vec<u32>,
    total: u32,
}

impl<'a> Room<'a> {
    fn new(scheme: &Scheme, kind: StudentKind) -> Self {
        let most = |bound: &Option<ByKind>| bound.as_ref().map_or(u32::MAX, |most| most.of(kind));
        Self {
            activities: BTreeMap::new(),
            groups: scheme.groups.iter().map(|group| most(&group.maximum)).collect(),
            total: most(&scheme.maximum),
        }
    }

    fn fill(&mut self, one: &mut Placed<'a>) {
        let Some((group, activity)) = one.place else { return };
        let most = activity.maximum.unwrap_or(u32::MAX);
        let own = self.activities.entry(&activity.code).or_insert(most);
        let mut counted = one.tally.awarded;
        let rooms = [
            (Rule::ActivityCap, own),
            (Rule::GroupCap, &mut self.groups[group]),
            (Rule::TotalCap, &mut self.total),
        ];
        for (rule, room) in rooms {
            one.cut(rule, counted.saturating_sub(*room), None);
            counted = counted.min(*room);
            *room -= counted;
        }
        one.tally.counted = counted;
    }
}

fn tally(scheme: &Scheme, kind: StudentKind, mut placed: Vec<Placed<'_>>) -> Tally {
    placed.sort_by_key(|one| one.item.id);
    let groups: Vec<GroupTally> = scheme
        .groups
        .iter()
        .enumerate()
        .map(|(place, group)| {
            let inside = placed.iter().filter(|one| one.place.is_some_and(|(at, _)| at == place));
            let counted = inside.map(|one| one.tally.counted).sum();
            let minimum = group.minimum.as_ref().map(|minimum| minimum.of(kind));
            GroupTally {
                code: group.code.clone(),
                name: group.name.clone(),
                counted,
                minimum,
                maximum: group.maximum.as_ref().map(|maximum| maximum.of(kind)),
                missing: minimum.unwrap_or(0).saturating_sub(counted),
            }
        })
        .collect();
    let target = scheme.target.of(kind);
    let counted: u32 = groups.iter().map(|group| group.counted).sum();
    let lacking: u32 = groups.iter().map(|group| group.missing).sum();
    let missing = target.saturating_sub(counted).max(lacking);
    let hours_of = |one: &Placed<'_>| one.item.hours.unwrap_or(0);
    let hours = placed.iter().filter(|one| one.tally.counted > 0).map(hours_of).sum();
    let minimum_hours = scheme.minimum_hours.as_ref().map(|hours| hours.of(kind));
    Tally {
        target,
        counted,
        missing,
        hours,
        minimum_hours,
        fulfilled: missing == 0 && minimum_hours.is_none_or(|needed| hours >= needed),
        groups,
        items: placed.into_iter().map(|one| one.tally).collect(),
    }
}
