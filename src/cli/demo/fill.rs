//! Fills an empty hub with the demo, through the same use cases that people go through.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::content::{self, DemoAchievement, DemoCollege, DemoMember, DemoState};
use super::evidence::evidence;
use super::{PASSWORD, categories, logins};
use crate::app::access_token::Bearer;
use crate::app::create_college::{NewCollege, NewDepartment, appoint_first_admin, create_college};
use crate::app::decide::{self, Decision, RawDecision};
use crate::app::demo::{self, Progress};
use crate::app::evidence::Upload;
use crate::app::grants::{self, GrantRequest};
use crate::app::invitations::{self, OfferedRole};
use crate::app::keys::{Acting, Operator};
use crate::app::me::{ProfileChange, change_profile};
use crate::app::points::{RawBinding, SchemeSource};
use crate::app::register::{Registration, register};
use crate::app::verify_email::verify_email;
use crate::app::{
    App, Refusal, achievements, authenticate, confirmations, points, revoke, roster, work,
};
use crate::cli::clock;
use crate::cli::run::DemoSize;
use crate::domain::achievement::{DecisionAction, RawContent};
use crate::domain::granting::LONGEST_ORGANIZER;
use crate::domain::ids::{AchievementId, CollegeId, MemberId};
use crate::domain::member::{Caller, Language, Role, Scope};

/// The same seed gives the same demo.
const SEED: u64 = 2026;
/// The demo's colleges joined this long ago.
const FOUNDED: Duration = Duration::days(900);
/// Achievements that are made side by side.
const SIDE_BY_SIDE: usize = 4;
/// Achievements of each student in a small demo.
const SMALL_SHARE: usize = 12;

/// Fill an empty hub; true where the hub is a demo.
pub(in crate::cli) async fn fill(size: DemoSize, app: &Arc<App>) -> anyhow::Result<bool> {
    match demo::progress(app).await? {
        Progress::Finished => {
            demo::announce(logins(&content::content(SEED)));
            return Ok(true);
        }
        Progress::Begun => {
            anyhow::bail!(
                "an earlier start was stopped while it made the demo: remove the data folder to begin anew"
            )
        }
        Progress::Empty if size != DemoSize::None => {}
        Progress::Empty | Progress::InUse => return Ok(false),
    }
    demo::begin(app).await?;
    let content = content::content(SEED);
    let began = Instant::now();
    println!("Making the demo: {} colleges", content.colleges.len());
    for college in &content.colleges {
        clock::set_behind(FOUNDED);
        let people = add_college(college, app)
            .await
            .with_context(|| format!("the demo college {}", college.slug))?;
        clock::set_behind(Duration::zero());
        println!(
            "  {}: {} people, {} s",
            college.name,
            college.members.len(),
            began.elapsed().as_secs()
        );
        add_achievements(college, &people, size, app)
            .await
            .with_context(|| format!("the achievements of {}", college.slug))?;
        println!("  {}: achievements, {} s", college.name, began.elapsed().as_secs());
    }
    while work::drain(app).await? > 0 {}
    demo::finish(app).await?;
    demo::announce(logins(&content));
    Ok(true)
}

/// Members by their address.
type People = HashMap<String, Bearer>;

async fn add_college(demo: &DemoCollege, app: &Arc<App>) -> anyhow::Result<People> {
    let college = create_college(new_college(demo), app).await?;
    let admin = demo
        .members
        .iter()
        .find(|member| member.roles.iter().any(|role| role == "college_admin"))
        .context("an admin")?;
    let member =
        appoint_first_admin(&admin.email, &admin.full_name, PASSWORD, college, app).await?;
    let admin_bearer = Bearer { member, college };
    let mut people = People::from([(admin.email.clone(), admin_bearer)]);
    let admin_caller = authenticate::load(admin_bearer, app).await?;
    bind_points(demo, &admin_caller, app).await?;
    let report = roster::import(roster_csv(demo)?, false, &admin_caller, app).await?;
    anyhow::ensure!(report.errors.is_empty(), "the demo's roster has faults: {:?}", report.errors);
    for person in demo.members.iter().filter(|person| person.email != admin.email) {
        let member = match &person.enrolment {
            Some(_) => enrol(person, demo, college, app).await,
            None => join_staff(person, &admin_caller, app).await,
        };
        let member = member.with_context(|| format!("the demo's {}", person.full_name))?;
        people.insert(person.email.clone(), Bearer { member, college });
        if person.roles.iter().any(|role| role == "organizer") {
            make_organizer(member, &admin_caller, app).await?;
        }
    }
    Ok(people)
}

/// The scheme of activity points that holds for all students.
async fn bind_points(demo: &DemoCollege, admin: &Caller, app: &App) -> anyhow::Result<()> {
    let (code, name) = match demo.native_language.as_str() {
        "hi" => ("ktu_2024", "Activity points, 120 in three groups"),
        _ => ("aicte_vtu", "AICTE activity points"),
    };
    let scheme = points::create(name, SchemeSource::Preset(code.to_owned()), admin, app).await?;
    let binding = RawBinding {
        scheme: scheme.id,
        version: scheme.version,
        programme: None,
        batch: None,
        kind: None,
    };
    points::bind(binding, admin, app).await?;
    Ok(())
}

fn new_college(demo: &DemoCollege) -> NewCollege {
    let programmes = |code: &str| {
        let own = demo.programmes.iter().filter(|programme| programme.department == code);
        own.map(|programme| (programme.code.clone(), programme.name.clone())).collect()
    };
    let department = |entry: &content::DemoDepartment| NewDepartment {
        code: entry.code.clone(),
        name: entry.name.clone(),
        programmes: programmes(&entry.code),
    };
    NewCollege {
        slug: demo.slug.clone(),
        name: demo.name.clone(),
        name_native: Some(demo.native_name.clone()),
        city: Some(demo.city.clone()),
        address: Some(demo.city.clone()),
        website: Some(demo.website.clone()),
        aishe_code: Some(demo.code.clone()),
        colour: Some(demo.colour.clone()),
        logo: None,
        signatory_name: demo.members.iter().find(|member| member.roles.iter().any(|role| role == "key_manager")).map(|member| member.full_name.clone()),
        signatory_title: Some("Controller of Examinations".to_owned()),
        footer: None,
        consent_version: "2026-01".to_owned(),
        consent_text: "My college may record the achievements I submit, show them to its reviewers, and sign those it approves. \
                       I decide who gets to see them."
            .to_owned(),
        departments: demo.departments.iter().map(department).collect(),
        categories: categories(),
    }
}

fn roster_csv(demo: &DemoCollege) -> anyhow::Result<String> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record([
        "roll_number",
        "full_name",
        "full_name_native",
        "programme",
        "batch",
        "email",
        "code",
    ])?;
    for person in &demo.members {
        let Some(enrolment) = &person.enrolment else { continue };
        let native = person.full_name_native.as_deref().unwrap_or_default();
        sheet.write_record([
            &enrolment.roll_number,
            &person.full_name,
            native,
            &enrolment.programme,
            &enrolment.batch,
            &person.email,
            "",
        ])?;
    }
    Ok(String::from_utf8(sheet.into_inner()?)?)
}

async fn enrol(
    person: &DemoMember,
    entry: &DemoCollege,
    id: CollegeId,
    app: &Arc<App>,
) -> anyhow::Result<MemberId> {
    let enrolment = person.enrolment.as_ref().context("a student")?;
    let registration = Registration {
        college: entry.slug.clone(),
        email: person.email.clone(),
        password: PASSWORD.to_owned(),
        full_name: person.full_name.clone(),
        full_name_native: person.full_name_native.clone(),
        native_language: person.native_language.as_deref().map(str::parse).transpose()?,
        roll_number: enrolment.roll_number.clone(),
        department: person.department.clone().context("a department")?,
        programme: enrolment.programme.clone(),
        batch: enrolment.batch.clone(),
        code: None,
        consent: "2026-01".to_owned(),
    };
    let registered = register(registration, app).await.map_err(described)?;
    let secret = registered.verification.context("a fresh address")?;
    verify_email(secret.reveal().to_owned(), app).await.map_err(described)?;
    let bearer = demo::find_member(&person.email, id, app).await?;
    // Whoever tries the demo reads English first, and may switch.
    let caller = authenticate::load(bearer, app).await?;
    let english = ProfileChange { language: Some(Language::English), ..ProfileChange::default() };
    change_profile(english, &caller, app).await.map_err(described)?;
    Ok(bearer.member)
}

async fn join_staff(
    person: &DemoMember,
    admin: &Caller,
    app: &Arc<App>,
) -> anyhow::Result<MemberId> {
    let departments = demo::departments(admin.college, app).await?;
    let scope = |role: Role| match (role, &person.department) {
        (Role::Faculty | Role::Head, Some(code)) => {
            let found = departments.iter().find(|row| &row.code == code);
            found.map_or(Scope::College, |row| Scope::Department(row.id.into()))
        }
        _ => Scope::College,
    };
    let roles: Result<Vec<OfferedRole>, _> = person
        .roles
        .iter()
        .map(|role| role.parse::<Role>().map(|role| OfferedRole { role, scope: scope(role) }))
        .collect();
    let (_, secret) =
        invitations::invite(&person.email, roles?, admin, app).await.map_err(described)?;
    let accepted =
        invitations::accept(secret.reveal().to_owned(), &person.full_name, PASSWORD, app)
            .await
            .map_err(described)?;
    confirm_appointments(admin, app).await?;
    Ok(demo::find_member(&accepted.email, admin.college, app).await?.member)
}

/// A key manager takes a second person; the college has one admin only, so that whoever runs the hub is it.
async fn confirm_appointments(admin: &Caller, app: &Arc<App>) -> anyhow::Result<()> {
    let operator = Operator::new("the demo", admin.college).map_err(described)?;
    let acting = Acting::Operator(operator);
    for waiting in confirmations::list(&acting, app).await.map_err(described)? {
        let row = waiting.row;
        if row.outcome.is_none() {
            confirmations::confirm(row.id.into(), row.version, None, &acting, app)
                .await
                .map_err(described)?;
        }
    }
    Ok(())
}

async fn make_organizer(member: MemberId, admin: &Caller, app: &Arc<App>) -> anyhow::Result<()> {
    let categories = crate::app::categories::list(admin, app).await?;
    let cultural = categories
        .iter()
        .find(|category| category.code == "cultural")
        .context("a category for the organizer")?;
    let request = GrantRequest {
        member,
        role: Role::Organizer,
        scope: Scope::Category(cultural.id.into()),
        starts_at: None,
        ends_at: Some(app.now() + LONGEST_ORGANIZER),
        may_revoke: false,
        reason: None,
    };
    grants::give(request, admin, app).await.map(drop).map_err(described)
}

async fn add_achievements(
    demo: &DemoCollege,
    people: &People,
    size: DemoSize,
    app: &Arc<App>,
) -> anyhow::Result<()> {
    let mut chosen: Vec<&DemoAchievement> = match size {
        DemoSize::Full => demo.achievements.iter().collect(),
        DemoSize::Small => small_share(demo),
        DemoSize::None => Vec::new(),
    };
    chosen.sort_by_key(|achievement| achievement.ended_on);
    let total = chosen.len();
    let mut done = 0;
    let mut making = stream::iter(
        chosen.into_iter().map(|achievement| add_achievement(achievement, people, app)),
    )
    .buffered(SIDE_BY_SIDE);
    while making.try_next().await?.is_some() {
        done += 1;
        if done % 50 == 0 {
            println!("    {done} of {total} achievements");
        }
    }
    Ok(())
}

/// What the showcase student has, and a few that wait.
fn small_share(demo: &DemoCollege) -> Vec<&DemoAchievement> {
    let showcase = demo
        .achievements
        .iter()
        .filter(|achievement| achievement.student == demo.showcase)
        .take(SMALL_SHARE);
    let waiting = demo.achievements.iter().filter(|achievement| {
        achievement.student != demo.showcase && achievement.state == DemoState::Submitted
    });
    showcase.chain(waiting.take(6)).collect()
}

async fn add_achievement(
    demo: &DemoAchievement,
    people: &People,
    app: &Arc<App>,
) -> anyhow::Result<()> {
    let student = people.get(&demo.student).context("the student is known")?;
    let reviewer = people.get(&demo.reviewer).context("the reviewer is known")?;
    let times = Times::of(demo);
    let id = clock::at(times.drafted, draft(demo, *student, app))
        .await
        .with_context(|| format!("“{}”", demo.title))?;
    let told = |step: &'static str| move || format!("“{}”: {step}", id);
    if demo.state == DemoState::Draft {
        return Ok(());
    }
    if let Some(comment) = &demo.earlier_request {
        clock::at(times.drafted + Duration::hours(3), submit(id, *student, app))
            .await
            .with_context(told("submit"))?;
        let ask = raw(DecisionAction::RequestChanges, Some(comment), None);
        clock::at(times.submitted - Duration::hours(4), decide(id, ask, *reviewer, app))
            .await
            .with_context(told("ask"))?;
    }
    clock::at(times.submitted, submit(id, *student, app)).await.with_context(told("submit"))?;
    let decision = match &demo.state {
        DemoState::Draft | DemoState::Submitted => None,
        DemoState::Withdrawn => {
            clock::at(times.decided, withdraw(id, *student, app)).await?;
            None
        }
        DemoState::ChangesRequested { comment } => {
            Some(raw(DecisionAction::RequestChanges, Some(comment), None))
        }
        DemoState::Rejected { reason, comment } => {
            Some(raw(DecisionAction::Reject, Some(comment), Some(reason)))
        }
        DemoState::Approved { comment } => {
            Some(raw(DecisionAction::Approve, comment.as_ref(), None))
        }
        DemoState::Revoked { .. } => Some(raw(DecisionAction::Approve, None, None)),
    };
    if let Some(decision) = decision {
        clock::at(times.decided, decide(id, decision, *reviewer, app))
            .await
            .with_context(told("decide"))?;
    }
    if let DemoState::Revoked { reason, text } = &demo.state {
        clock::at(times.revoked, withdraw_credential(id, reason, text, people, app))
            .await
            .with_context(told("revoke"))?;
    }
    Ok(())
}

async fn draft(
    demo: &DemoAchievement,
    student: Bearer,
    app: &Arc<App>,
) -> anyhow::Result<AchievementId> {
    let author = authenticate::load(student, app).await?;
    let id = AchievementId(app.row_id());
    let content = RawContent {
        category: demo.category.clone(),
        title: demo.title.clone(),
        description: demo.description.clone(),
        organiser: demo.organiser.clone(),
        role: demo.role.clone(),
        level: demo.level.as_deref().map(str::parse).transpose()?,
        outcome: demo.outcome.as_deref().map(str::parse).transpose()?,
        started_on: Some(demo.started_on),
        ended_on: Some(demo.ended_on),
        hours: demo.hours.map(i32::try_from).transpose()?,
        skills: demo.skills.clone(),
        team: demo.team.clone(),
        team_id: None,
        particulars: demo.particulars.clone(),
    };
    achievements::create(id, content, &author, app).await.map_err(described)?;
    for file in &demo.evidence {
        let subject = file.clone();
        let (name, _, bytes) = tokio::task::spawn_blocking(move || evidence(&subject)).await?;
        let mut upload = Upload::begin(id, &name, &author, app).await.map_err(described)?;
        upload.write(&bytes).await.map_err(described)?;
        upload.finish(id, (Some(&file.caption), None), &author, app).await.map_err(described)?;
    }
    Ok(id)
}

async fn submit(id: AchievementId, student: Bearer, app: &Arc<App>) -> anyhow::Result<()> {
    let author = authenticate::load(student, app).await?;
    let version = achievements::read(id, &author, app).await?.row.version;
    achievements::submit(id, version, &author, app).await.map(drop).map_err(described)
}

async fn withdraw(id: AchievementId, student: Bearer, app: &Arc<App>) -> anyhow::Result<()> {
    let author = authenticate::load(student, app).await?;
    let version = achievements::read(id, &author, app).await?.row.version;
    achievements::withdraw(id, version, &author, app).await.map(drop).map_err(described)
}

async fn decide(
    id: AchievementId,
    raw: RawDecision,
    reviewer: Bearer,
    app: &Arc<App>,
) -> anyhow::Result<()> {
    let caller = authenticate::load(reviewer, app).await?;
    let reviewer = caller.as_reviewer().context("a reviewer")?;
    let version = achievements::read(id, &caller, app).await?.row.version;
    let decision = Decision::parse(raw).map_err(|errors| described(errors.into()))?;
    decide::decide(id, version, decision, reviewer, &caller, app).await.map(drop).map_err(described)
}

async fn withdraw_credential(
    id: AchievementId,
    reason: &str,
    text: &str,
    people: &People,
    app: &Arc<App>,
) -> anyhow::Result<()> {
    for bearer in people.values() {
        let caller = authenticate::load(*bearer, app).await?;
        if caller.has(Role::CollegeAdmin) {
            let view = achievements::read(id, &caller, app).await?;
            let credential = view.credential.context("an approved achievement has a credential")?;
            return revoke::revoke(credential.id.into(), reason.parse()?, text, &caller, app)
                .await
                .map(drop)
                .map_err(described);
        }
    }
    anyhow::bail!("the college has no admin")
}

fn raw(action: DecisionAction, comment: Option<&String>, reason: Option<&String>) -> RawDecision {
    RawDecision {
        action,
        comment: comment.cloned(),
        reason: reason.cloned(),
        checklist: Vec::new(),
        changes: None,
    }
}

/// When each step of an achievement was taken: in the days after it ended, and never in the future.
struct Times {
    drafted: DateTime<Utc>,
    submitted: DateTime<Utc>,
    decided: DateTime<Utc>,
    revoked: DateTime<Utc>,
}

impl Times {
    fn of(demo: &DemoAchievement) -> Self {
        let spread = demo
            .title
            .bytes()
            .chain(demo.student.bytes())
            .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let now = clock::now() - Duration::minutes(i64::from(spread % 240) + 20);
        // What still waits was filed lately, however long ago it happened: nobody's queue is two years old.
        let waits = matches!(
            demo.state,
            DemoState::Draft | DemoState::Submitted | DemoState::ChangesRequested { .. }
        );
        let filed = if waits { now - Duration::hours(200) } else { noon(demo.ended_on) };
        let drafted =
            (filed + Duration::hours(6 + i64::from(spread % 160))).min(now - Duration::hours(30));
        let submitted =
            (drafted + Duration::hours(5 + i64::from(spread % 12))).min(now - Duration::hours(8));
        let decided = (submitted + Duration::hours(3 + i64::from(spread % 70))).min(now);
        Self {
            drafted,
            submitted,
            decided,
            revoked: (decided + Duration::days(9)).min(now + Duration::minutes(10)),
        }
    }
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::from_hms_opt(6, 30, 0).expect("half past six is a time")).and_utc()
}

/// A refusal says little to its caller; whoever makes a demo wants to know all of it.
fn described(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Internal(error) => error,
        Refusal::Invalid(errors) => anyhow::anyhow!("{errors:?}"),
        other => other.into(),
    }
}
