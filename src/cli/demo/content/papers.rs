//! Which certificate and which photos belong to an achievement.

use crate::cli::demo::chance::Chance;

use super::build::in_words;
use super::files::{CollegeFile, EventFile, ReviewFile};
use super::{
    DemoCertificate, DemoDesign, DemoEvidence, DemoMember, DemoPaper, DemoScene, DemoState,
    DemoSubject,
};

#[expect(clippy::too_many_arguments, reason = "a certificate names everything there is")]
pub(super) fn evidence(
    event: &EventFile,
    index: usize,
    student: &DemoMember,
    outcome: Option<&str>,
    state: &DemoState,
    file: &CollegeFile,
    reviews: &ReviewFile,
    chance: &mut Chance,
) -> Vec<DemoEvidence> {
    let mut evidence = Vec::new();
    let forgotten = *state == DemoState::Draft && chance.is(0.35);
    if let Some(design) = event.design.filter(|_| !forgotten) {
        let certificate = certificate(event, design, student, outcome, file, reviews, chance);
        evidence.push(DemoEvidence {
            caption: format!("Certificate, {}", event.organiser),
            subject: DemoSubject::Certificate(Box::new(certificate)),
            seed: chance.next(),
        });
    }
    let Some(scene) = event.scene else { return evidence };
    let photos = match (index, event.showcase) {
        (0, true) => (event.photos + 1).min(3),
        (0, false) => event.photos,
        _ => usize::from(event.photos > 0 && chance.is(0.45)),
    };
    // Where nothing was issued, a photo is the evidence.
    let photos = if event.design.is_none() { photos.max(1) } else { photos };
    for number in 0..photos {
        // Team mates do file the same picture; the hub points it out.
        let shared = index > 0 && chance.is(0.08);
        let own = Chance::named(chance.next(), &student.email).next();
        let seed = if shared || (index, number) == (0, 0) { common_seed(event) } else { own };
        evidence.push(DemoEvidence {
            caption: caption(scene, chance).to_owned(),
            subject: DemoSubject::Photo(scene),
            seed,
        });
    }
    evidence
}

fn common_seed(event: &EventFile) -> u64 {
    Chance::named(0, &format!("{} {}", event.title, event.from)).next()
}

fn certificate(
    event: &EventFile,
    design: DemoDesign,
    student: &DemoMember,
    outcome: Option<&str>,
    file: &CollegeFile,
    reviews: &ReviewFile,
    chance: &mut Chance,
) -> DemoCertificate {
    let as_pdf = match design {
        DemoDesign::Course => 0.8,
        DemoDesign::Modern => 0.55,
        DemoDesign::Letterhead => 0.35,
        DemoDesign::Ornate | DemoDesign::Sports => 0.15,
    };
    let is_own = event.organiser.contains(&file.name);
    let roll_number = student.enrolment.as_ref().map(|enrolment| enrolment.roll_number.clone());
    DemoCertificate {
        design,
        paper: if chance.is(as_pdf) { DemoPaper::Pdf } else { DemoPaper::Scan },
        name: student.full_name.clone(),
        name_native: student.full_name_native.clone(),
        roll_number: roll_number.unwrap_or_default(),
        college: file.name.clone(),
        title: event.title.clone(),
        organiser: event.organiser.clone(),
        organiser_native: is_own.then(|| file.native_name.clone()),
        merit: merit(event, outcome).to_owned(),
        citation: citation(event, outcome, file),
        date: event.to,
        place: event.place.clone(),
        signatories: signatories(event, reviews),
        // An organiser's paper looks the same each time.
        colour: if is_own { file.colour.clone() } else { house_colour(&event.organiser) },
    }
}

fn merit(event: &EventFile, outcome: Option<&str>) -> &'static str {
    match (event.category.as_str(), outcome) {
        ("internship", _) => "Internship Certificate",
        ("community", _) => "Certificate of Service",
        ("academic", _) => "Certificate of Merit",
        ("research", Some("completed")) => "Certificate of Presentation",
        ("course", _) => "Certificate of Completion",
        (_, Some("winner")) => "First Prize",
        (_, Some("runner_up")) => "Second Prize",
        (_, Some("third")) => "Third Prize",
        (_, Some("organizer")) => "Certificate of Appreciation",
        (_, Some("completed")) => "Certificate of Completion",
        _ => "Certificate of Participation",
    }
}

fn citation(event: &EventFile, outcome: Option<&str>, file: &CollegeFile) -> String {
    let EventFile { title, place, .. } = event;
    let (college, days) = (&file.name, in_words(event.from, event.to));
    let role = event.role.as_deref().unwrap_or("participant").to_lowercase();
    let hours = event.hours.map(|hours| format!(", {hours} hours in all")).unwrap_or_default();
    match event.category.as_str() {
        "internship" => format!(
            "a student of {college}, worked with us as {role} {days}{hours}. The work was done \
             with care and the conduct was exemplary. We wish every success for the future."
        ),
        "course" => format!(
            "has successfully completed the course offered {days}, with its final examination"
        ),
        "academic" => format!("of {college} is hereby recognised for “{title}”, {days}."),
        "research" => format!("of {college} contributed “{title}”, presented at {place} {days}."),
        "leadership" => format!(
            "of {college} served in “{title}” {days} and carried out the duties of the office with dedication."
        ),
        "community" => {
            format!("of {college} gave voluntary service in “{title}” at {place} {days}{hours}.")
        }
        "workshop" => format!("of {college} attended “{title}”, held at {place} {days}{hours}."),
        _ => {
            let deed = match outcome {
                Some("winner") => "has won the first prize in",
                Some("runner_up") => "has won the second prize in",
                Some("third") => "has won the third prize in",
                Some("completed") => "has successfully completed",
                Some("organizer") => "has helped to organise",
                _ => "has taken part in",
            };
            format!("of {college} {deed} “{title}”, held at {place} {days}.")
        }
    }
}

/// The same two for an organiser, each time.
fn signatories(event: &EventFile, reviews: &ReviewFile) -> [(String, String); 2] {
    let mut chance = Chance::named(1, &event.organiser);
    let first = chance.below(reviews.signatories.len());
    let second =
        (first + 1 + chance.below(reviews.signatories.len() - 1)) % reviews.signatories.len();
    let offices = match event.category.as_str() {
        "sports" => ["Secretary, Sports Board", "Chief Referee"],
        "internship" => ["Head, Human Resources", "Project Manager"],
        "course" => ["Course Coordinator", "Director, Examinations"],
        "community" => ["Programme Officer", "Principal"],
        "academic" => ["Controller of Examinations", "Principal"],
        "research" => ["Convener", "Programme Chair"],
        "leadership" => ["Dean, Student Affairs", "Principal"],
        _ => ["Convener", "Chairperson"],
    };
    [
        (reviews.signatories[first].clone(), offices[0].to_owned()),
        (reviews.signatories[second].clone(), offices[1].to_owned()),
    ]
}

fn house_colour(organiser: &str) -> String {
    let colours =
        ["#7b2d26", "#1d4e6b", "#22577a", "#5a3d7a", "#8a5a00", "#0b6e4f", "#9c2740", "#34495e"];
    (*Chance::named(2, organiser).pick(&colours)).to_owned()
}

fn caption(scene: DemoScene, chance: &mut Chance) -> &'static str {
    let captions = match scene {
        DemoScene::Stage => ["On the stage", "Prize distribution", "During the performance"],
        DemoScene::Field => ["During the match", "On the ground, second day", "Before the final"],
        DemoScene::Lab => {
            ["At work on the prototype", "In the laboratory", "Testing before the demo"]
        }
        DemoScene::Group => ["Our group", "With the team after the event", "Group photo"],
        DemoScene::Posters => ["Our stand", "Explaining the poster to the jury", "The exhibition"],
        DemoScene::Hall => ["In the seminar hall", "During the session", "First morning"],
        DemoScene::Outdoors => ["On the site", "Early in the morning", "The group at work"],
    };
    captions[chance.below(captions.len())]
}
