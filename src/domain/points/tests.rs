use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn item(id: u128, category: &str) -> Item {
    Item {
        id: AchievementId(Uuid::from_u128(id)),
        category: category.into(),
        level: None,
        outcome: None,
        hours: None,
        domain: None,
        scheme: None,
        event: None,
        day: None,
    }
}

fn ktu(code: &str) -> Scheme {
    preset(code).unwrap().scheme()
}

fn rules(tally: &Tally, id: u128) -> Vec<(Rule, u32)> {
    let id = AchievementId(Uuid::from_u128(id));
    let found = tally.items.iter().find(|item| item.id == id).unwrap();
    found.cuts.iter().map(|cut| (cut.rule, cut.points)).collect()
}

#[test]
fn every_preset_can_be_read_and_asks_of_each_kind_what_its_university_does() {
    let targets = |code: &str| {
        let target = ktu(code).target;
        StudentKind::ALL.iter().map(|kind| target.of(*kind)).collect::<Vec<_>>()
    };
    assert_eq!(targets("aicte_vtu")[..3], [100, 75, 50]);
    assert_eq!(targets("ktu_2019")[..2], [100, 75]);
    assert_eq!(targets("ktu_2024"), [120, 90, 120, 60]);
    assert_eq!(ktu("ktu_2019").groups.len(), 6);
    let vtu = ktu("aicte_vtu");
    assert!(vtu.groups.iter().all(|head| head.maximum.as_ref().unwrap().regular == 20));
    for group in ktu("ktu_2024").groups {
        let bounds = (group.minimum.unwrap(), group.maximum.unwrap());
        assert_eq!(bounds.0, bounds.1);
        let of = |kind| bounds.1.of(kind);
        use StudentKind::{Lateral, Pwd, Regular};
        assert_eq!([of(Regular), of(Lateral), of(Pwd)], [40, 30, 20]);
    }
}

#[test]
fn of_one_event_the_highest_level_counts_and_a_winner_comes_before_a_participant() {
    let in_event = |id, level, outcome| Item {
        level: Some(level),
        outcome: Some(outcome),
        event: Some("kho-kho 2025".into()),
        ..item(id, "sports")
    };
    let items = [
        in_event(1, Level::College, Outcome::Winner),
        in_event(2, Level::National, Outcome::Participant),
        in_event(3, Level::National, Outcome::Winner),
        in_event(4, Level::National, Outcome::Winner),
    ];
    let tally = count(&ktu("ktu_2019"), StudentKind::Regular, &items);
    assert_eq!(tally.counted, 60);
    assert_eq!(rules(&tally, 1), [(Rule::HighestLevelOnly, 18)]);
    assert_eq!(rules(&tally, 2), [(Rule::WinnerOverParticipant, 40)]);
    assert_eq!(rules(&tally, 3), []);
    assert_eq!(rules(&tally, 4), [(Rule::Repeat, 60)]);
    let kept = AchievementId(Uuid::from_u128(3));
    assert!(tally.items.iter().all(|one| one.cuts.iter().all(|cut| cut.instead == Some(kept))));
}

#[test]
fn caps_of_activity_and_group_and_minimum_hours_are_named_where_they_cut() {
    let course = |id| Item { outcome: Some(Outcome::Completed), ..item(id, "course") };
    let internship = |id, hours| Item { hours: Some(hours), ..item(id, "internship") };
    let items = [course(1), course(2), course(3), internship(4, 80), internship(5, 79)];
    let tally = count(&ktu("ktu_2024"), StudentKind::Lateral, &items);
    let group = &tally.groups[1];
    assert_eq!((group.counted, group.maximum, group.missing), (30, Some(30), 0));
    assert_eq!(rules(&tally, 5), [(Rule::MinimumHours, 20)]);
    assert_eq!(rules(&tally, 3), [(Rule::ActivityCap, 20)]);
    assert_eq!(rules(&tally, 2), [(Rule::GroupCap, 10)]);
    assert_eq!(rules(&tally, 4), [(Rule::GroupCap, 20)]);
    // Thirty lack in each of the two other groups.
    assert_eq!((tally.target, tally.missing, tally.fulfilled), (90, 60, false));
}

#[test]
fn points_by_hours_are_whole_and_what_gives_none_says_why() {
    let hours = |id, hours| Item { hours: Some(hours), ..item(id, "community") };
    let items = [hours(1, 79), hours(2, 3), item(3, "gardening"), item(4, "sports")];
    let tally = count(&ktu("aicte_vtu"), StudentKind::Transfer, &items);
    let facts: Vec<_> = tally.items.iter().map(|one| (one.claimed, one.nothing)).collect();
    let no_hours = (0, Some(Nothing::NoHours));
    assert_eq!(facts, [(19, None), no_hours, (0, Some(Nothing::NoActivity)), no_hours]);
    assert_eq!((tally.counted, tally.hours, tally.missing), (19, 79, 31));
}

#[test]
fn a_scheme_with_faults_is_refused_with_each_of_them() {
    let broken = serde_json::json!({ "target": { "regular": 20_000 }, "groups": [{
        "code": "Sports!", "name": "Sports", "minimum": { "regular": 30 }, "maximum": { "regular": 20 },
        "activities": [{ "code": "a", "name": "A", "takes": { "categories": [] },
                         "points": { "by_hours": { "hours": 0, "points": 1 } } }] }] });
    let pointers: Vec<String> =
        Scheme::parse(&broken).unwrap_err().0.into_iter().map(|fault| fault.pointer).collect();
    let group = "/content/groups/0";
    let activity = format!("{group}/activities/0");
    let expected = [
        format!("{group}/code"),
        format!("{group}/minimum"),
        format!("{activity}/takes/categories"),
        format!("{activity}/points/by_hours/hours"),
        "/content".to_owned(),
    ];
    assert_eq!(pointers, expected);
    let unknown = serde_json::json!({ "target": { "regular": 1, "evening": 2 }, "groups": [] });
    assert!(Scheme::parse(&unknown).is_err());
}

const CATEGORIES: [&str; 4] = ["sports", "course", "community", "elsewhere"];

fn by_kind(most: u32) -> impl Strategy<Value = ByKind> {
    (0..most, option::of(0..most)).prop_map(|(regular, lateral)| ByKind {
        regular,
        others: lateral.map(|points| (StudentKind::Lateral, points)).into_iter().collect(),
    })
}

fn points() -> impl Strategy<Value = Points> {
    prop_oneof![
        (0..40u32).prop_map(Points::Fixed),
        vec(0..60u32, 6).prop_map(|mut points| {
            points.sort_unstable();
            Points::ByLevel(Level::ALL.iter().copied().zip(points).collect())
        }),
        (1..20u32, 0..20u32).prop_map(|(hours, points)| Points::ByHours { hours, points }),
    ]
}

fn activity() -> impl Strategy<Value = Activity> {
    let keep = (1..3u32, prop_oneof![Just(Per::Event), Just(Per::Activity)]);
    (points(), option::of(0..80u32), option::of(0..30u32), keep, 0..3usize).prop_map(
        |(points, maximum, minimum_hours, (best, per), category)| Activity {
            code: String::new(),
            name: "Activity".into(),
            takes: Takes { categories: vec![CATEGORIES[category].into()], ..Takes::default() },
            points,
            bonus: BTreeMap::new(),
            maximum,
            minimum_hours,
            keep: Keep { best, per },
        },
    )
}

fn scheme() -> impl Strategy<Value = Scheme> {
    let group = (option::of(by_kind(90)), option::of(by_kind(90)), vec(activity(), 1..3));
    (by_kind(200), option::of(by_kind(150)), vec(group, 1..4)).prop_map(
        |(target, maximum, groups)| {
            let mut number = 0;
            let groups = groups.into_iter().map(|(minimum, maximum, mut activities)| {
                for activity in &mut activities {
                    number += 1;
                    activity.code = format!("a{number}");
                }
                let code = activities[0].code.clone();
                Group { code, name: "Group".into(), minimum, maximum, activities }
            });
            Scheme { target, maximum, minimum_hours: None, groups: groups.collect() }
        },
    )
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let facts = (
        0..CATEGORIES.len(),
        option::of(0..6usize),
        option::of(0..6usize),
        option::of(1..60u32),
        option::of(0..3u32),
    );
    vec(facts, 0..12).prop_map(|all| {
        let numbered = (1u128..).zip(all);
        numbered
            .map(|(id, (category, level, outcome, hours, event))| Item {
                level: level.map(|place| Level::ALL[place]),
                outcome: outcome.map(|place| Outcome::ALL[place]),
                hours,
                event: event.map(|event| event.to_string()),
                ..item(id, CATEGORIES[category])
            })
            .collect()
    })
}

fn kind() -> impl Strategy<Value = StudentKind> {
    prop_oneof![Just(StudentKind::Regular), Just(StudentKind::Lateral)]
}

proptest! {
    #[test]
    fn the_order_of_achievements_is_of_no_matter(scheme in scheme(), kind in kind(), items in items(), seed in any::<u64>()) {
        let mut shuffled = items.clone();
        shuffled.sort_by_key(|one| one.id.0.as_u128().wrapping_mul(u128::from(seed | 1)) % 997);
        prop_assert_eq!(count(&scheme, kind, &items), count(&scheme, kind, &shuffled));
    }

    #[test]
    fn no_cap_is_ever_exceeded(scheme in scheme(), kind in kind(), items in items()) {
        let tally = count(&scheme, kind, &items);
        prop_assert!(scheme.maximum.is_none_or(|most| tally.counted <= most.of(kind)));
        for group in &tally.groups {
            prop_assert!(group.maximum.is_none_or(|most| group.counted <= most));
        }
        for activity in scheme.groups.iter().flat_map(|group| &group.activities) {
            let inside = tally.items.iter().filter(|one| one.activity.as_ref() == Some(&activity.code));
            let counted: u32 = inside.map(|one| one.counted).sum();
            prop_assert!(activity.maximum.is_none_or(|most| counted <= most));
        }
    }

    #[test]
    fn each_point_that_does_not_count_is_named_with_its_rule(scheme in scheme(), kind in kind(), items in items()) {
        let tally = count(&scheme, kind, &items);
        prop_assert_eq!(tally.items.len(), items.len());
        for one in &tally.items {
            prop_assert!(one.counted <= one.awarded && one.awarded <= one.claimed);
            let cut: u32 = one.cuts.iter().map(|cut| cut.points).sum();
            prop_assert_eq!(one.claimed - one.counted, cut);
            prop_assert_eq!(one.nothing.is_some(), one.claimed == 0);
        }
        let counted: u32 = tally.items.iter().map(|one| one.counted).sum();
        prop_assert_eq!(counted, tally.counted);
    }

    #[test]
    fn one_achievement_more_never_lowers_a_group_or_the_total(scheme in scheme(), kind in kind(), items in items()) {
        // A bound on the total may give one group's points to another.
        let unbounded = Scheme { maximum: None, ..scheme.clone() };
        for place in 0..items.len() {
            let mut fewer = items.clone();
            fewer.remove(place);
            prop_assert!(count(&scheme, kind, &fewer).counted <= count(&scheme, kind, &items).counted);
            let (less, more) = (count(&unbounded, kind, &fewer), count(&unbounded, kind, &items));
            for (before, after) in less.groups.iter().zip(&more.groups) {
                prop_assert!(before.counted <= after.counted);
            }
            prop_assert!(more.missing <= less.missing);
        }
    }

    #[test]
    fn a_higher_level_never_brings_less(scheme in scheme(), kind in kind(), items in items(), which in any::<prop::sample::Index>()) {
        prop_assume!(!items.is_empty());
        let mut raised = items.clone();
        let one = &mut raised[which.index(items.len())];
        one.level = Some(one.level.map_or(Level::College, |level| Level::ALL[(level as usize + 1).min(5)]));
        prop_assert!(count(&scheme, kind, &items).counted <= count(&scheme, kind, &raised).counted);
    }

    #[test]
    fn what_lacks_is_exactly_what_would_fulfil_it(scheme in scheme(), kind in kind(), items in items()) {
        let tally = count(&scheme, kind, &items);
        let groups: u32 = tally.groups.iter().map(|group| group.missing).sum();
        prop_assert_eq!(tally.missing, groups.max(tally.target.saturating_sub(tally.counted)));
        prop_assert_eq!(tally.fulfilled, tally.missing == 0);
    }
}
