//! Gives each event its participants, each participant a state and the evidence.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::files::{self, CollegeFile, EventFile, ReviewFile};
use super::papers;
use super::{
    DemoAchievement, DemoCollege, DemoContent, DemoEnrolment, DemoMember, DemoProgramme, DemoState,
};
use crate::cli::demo::chance::Chance;

/// From this day on things are mostly still on their way.
const RECENT: NaiveDate = NaiveDate::from_ymd_opt(2026, 8, 1).expect("a day of the calendar");

pub(super) fn build(seed: u64) -> DemoContent {
    let reviews = files::reviews();
    DemoContent {
        categories: files::categories(),
        colleges: files::colleges().into_iter().map(|file| college(file, &reviews, seed)).collect(),
    }
}

fn college(file: CollegeFile, reviews: &ReviewFile, seed: u64) -> DemoCollege {
    let students = students(&file);
    let staff = staff(&file);
    let mut chance = Chance::named(seed, &file.slug);
    let mut load = HashMap::new();
    let mut achievements: Vec<DemoAchievement> = files::events(&file.slug)
        .iter()
        .flat_map(|event| {
            participants(event, &students, &mut load, &mut chance)
                .into_iter()
                .enumerate()
                .map(|(index, student)| {
                    achievement(event, index, student, &staff, &file, reviews, &mut chance)
                })
                .collect::<Vec<_>>()
        })
        .collect();
    achievements.sort_by(|a, b| (a.ended_on, &a.student).cmp(&(b.ended_on, &b.student)));
    DemoCollege {
        showcase: students[0].email.clone(),
        members: staff.into_iter().chain(students).collect(),
        slug: file.slug,
        name: file.name,
        native_name: file.native_name,
        native_language: file.native_language,
        city: file.city,
        code: file.code,
        colour: file.colour,
        website: file.website,
        departments: file.departments,
        programmes: file.programmes,
        achievements,
    }
}

fn staff(file: &CollegeFile) -> Vec<DemoMember> {
    file.staff
        .iter()
        .map(|person| DemoMember {
            email: format!("{}@{}", person.email, file.mail),
            full_name: person.name.clone(),
            full_name_native: person.native.clone(),
            native_language: Some(file.native_language.clone()),
            roles: person.roles.clone(),
            department: person.department.clone(),
            enrolment: None,
        })
        .collect()
}

fn students(file: &CollegeFile) -> Vec<DemoMember> {
    let mut numbers: HashMap<(String, i32), u32> = HashMap::new();
    file.students
        .iter()
        .map(|student| {
            let programme = programme(file, &student.programme);
            let year = student.from;
            let number = numbers.entry((programme.department.clone(), year)).or_default();
            *number += 1;
            let roll_number = file
                .roll
                .replace("{year}", &format!("{:02}", year % 100))
                .replace("{department}", &programme.department)
                .replace("{number}", &format!("{number:03}"));
            let mut roles = vec!["student".to_owned()];
            if student.name == file.organizer {
                roles.push("organizer".to_owned());
            }
            DemoMember {
                email: format!("{}@{}", address(&student.name), file.mail),
                full_name: student.name.clone(),
                full_name_native: Some(student.native.clone()),
                native_language: Some(file.native_language.clone()),
                roles,
                department: Some(programme.department.clone()),
                enrolment: Some(DemoEnrolment {
                    roll_number,
                    programme: programme.code.clone(),
                    batch: format!("{year}-{}", year + programme.years),
                }),
            }
        })
        .collect()
}

fn programme<'a>(file: &'a CollegeFile, code: &str) -> &'a DemoProgramme {
    file.programmes
        .iter()
        .find(|programme| programme.code == code)
        .expect("a test builds the shipped colleges")
}

/// `S. Kavya` → `s.kavya`.
fn address(name: &str) -> String {
    let words: Vec<String> =
        name.split([' ', '.']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join(".")
}

/// Those named, then whoever suits and has the least so far.
fn participants<'a>(
    event: &EventFile,
    students: &'a [DemoMember],
    load: &mut HashMap<String, usize>,
    chance: &mut Chance,
) -> Vec<&'a DemoMember> {
    let mut chosen: Vec<&DemoMember> = Vec::new();
    if event.showcase {
        chosen.push(&students[0]);
    }
    for name in &event.who {
        let named = students.iter().find(|student| student.full_name == *name);
        let named = named.expect("a test builds the shipped colleges");
        if !chosen.iter().any(|student| student.email == named.email) {
            chosen.push(named);
        }
    }
    while chosen.len() < event.texts.len() {
        // The showcase student has enough of their own.
        let free: Vec<&DemoMember> = students[1..]
            .iter()
            .filter(|student| suits(event, student))
            .filter(|student| !chosen.iter().any(|other| other.email == student.email))
            .collect();
        let pair = [*chance.pick(&free), *chance.pick(&free)];
        let lighter = pair
            .into_iter()
            .min_by_key(|student| load.get(&student.email).copied().unwrap_or(0))
            .expect("a pair is not empty");
        chosen.push(lighter);
    }
    chosen.truncate(event.texts.len());
    for student in &chosen {
        *load.entry(student.email.clone()).or_default() += 1;
    }
    chosen
}

fn suits(event: &EventFile, student: &DemoMember) -> bool {
    let department = student.department.as_deref().unwrap_or_default();
    event.from >= admitted(student)
        && (event.departments.is_empty() || event.departments.iter().any(|one| one == department))
}

fn admitted(student: &DemoMember) -> NaiveDate {
    let year = student
        .enrolment
        .as_ref()
        .and_then(|enrolment| enrolment.batch[..4].parse().ok())
        .expect("a student's batch begins with a year");
    NaiveDate::from_ymd_opt(year, 7, 1).expect("a day of the calendar")
}

fn achievement(
    event: &EventFile,
    index: usize,
    student: &DemoMember,
    staff: &[DemoMember],
    file: &CollegeFile,
    reviews: &ReviewFile,
    chance: &mut Chance,
) -> DemoAchievement {
    let is_showcase = event.showcase && index == 0;
    let state = if is_showcase {
        DemoState::Approved { comment: Some(chance.pick(&reviews.approved).clone()) }
    } else {
        fate(event, reviews, chance)
    };
    let decided = matches!(state, DemoState::Approved { .. });
    let requests = &reviews.requests[&event.category];
    let earlier_request = (decided && chance.is(0.12)).then(|| chance.pick(requests).clone());
    let outcome = event.outcomes.get(index).or(event.outcomes.last()).cloned();
    DemoAchievement {
        student: student.email.clone(),
        category: event.category.clone(),
        title: event.title.clone(),
        description: event.texts[index].clone(),
        organiser: event.organiser.clone(),
        role: role(event, index),
        level: event.level.clone(),
        started_on: event.from,
        ended_on: event.to,
        hours: event.hours,
        skills: skills(event, index),
        team: event.team.clone(),
        particulars: event.particulars.clone(),
        evidence: papers::evidence(
            event,
            index,
            student,
            outcome.as_deref(),
            &state,
            file,
            reviews,
            chance,
        ),
        outcome,
        reviewer: reviewer(student, staff, chance),
        state,
        earlier_request,
    }
}

fn role(event: &EventFile, index: usize) -> Option<String> {
    let role = event.role.as_deref()?;
    let first_only = [
        "lead",
        "coordinator",
        "Captain",
        "First author",
        "secretary",
        "head",
        "president",
        "Head",
        "President",
    ];
    if index == 0 || !first_only.iter().any(|word| role.contains(word)) {
        return Some(role.to_owned());
    }
    Some(match event.category.as_str() {
        "leadership" => "Committee member".to_owned(),
        "research" => "Co-author".to_owned(),
        _ => "Team member".to_owned(),
    })
}

/// Not everyone in a team has learned the same.
fn skills(event: &EventFile, index: usize) -> Vec<String> {
    let mut skills = event.skills.clone();
    if index > 0 && skills.len() > 2 {
        skills.remove((index - 1) % skills.len());
    }
    skills
}

fn reviewer(student: &DemoMember, staff: &[DemoMember], chance: &mut Chance) -> String {
    let own: Vec<&DemoMember> = staff
        .iter()
        .filter(|person| person.department == student.department)
        .filter(|person| person.roles.iter().any(|role| role == "faculty"))
        .collect();
    chance.pick(&own).email.clone()
}

fn fate(event: &EventFile, reviews: &ReviewFile, chance: &mut Chance) -> DemoState {
    // Hundredths up to which a state reaches, in the order of the branches below.
    let bounds =
        if event.to >= RECENT { [30, 75, 87, 96, 99, 99] } else { [67, 79, 84, 90, 95, 97] };
    let lot = chance.below(100);
    let band = bounds.iter().position(|bound| lot < *bound);
    match band {
        Some(0) => DemoState::Approved {
            comment: chance.is(0.6).then(|| chance.pick(&reviews.approved).clone()),
        },
        Some(1) => DemoState::Submitted,
        Some(2) => DemoState::Draft,
        Some(3) => DemoState::ChangesRequested {
            comment: chance.pick(&reviews.requests[&event.category]).clone(),
        },
        Some(4) => rejected(event, reviews, chance),
        Some(5) => DemoState::Withdrawn,
        _ if event.to >= RECENT => DemoState::Submitted,
        _ => {
            let revocation = chance.pick(&reviews.revocations);
            DemoState::Revoked { reason: revocation.reason.clone(), text: revocation.text.clone() }
        }
    }
}

fn rejected(event: &EventFile, reviews: &ReviewFile, chance: &mut Chance) -> DemoState {
    let categories = files::categories();
    let category = categories
        .iter()
        .find(|category| category.code == event.category)
        .expect("a test builds the shipped colleges");
    let reason = chance.pick(&category.reject_reasons).code.clone();
    DemoState::Rejected { comment: reviews.rejections[&reason].clone(), reason }
}

/// `23 February 2025`, or `21 to 23 February 2025`.
pub(super) fn in_words(from: NaiveDate, to: NaiveDate) -> String {
    let last = to.format("%-d %B %Y");
    if from == to {
        format!("on {last}")
    } else if (from.year(), from.month()) == (to.year(), to.month()) {
        format!("from {} to {last}", from.day())
    } else if from.year() == to.year() {
        format!("from {} to {last}", from.format("%-d %B"))
    } else {
        format!("from {} to {last}", from.format("%-d %B %Y"))
    }
}
