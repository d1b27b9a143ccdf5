//! Two invented colleges with their people, achievements and evidence, for trying the hub out.
//!
//! `content` says who and what, `evidence` makes the files; both are pure and repeatable.

pub mod content;
pub mod evidence;

mod canvas;
mod certificate;
mod chance;
mod fill;
mod people;
mod photo;
mod scan;
mod scenes;

pub(super) use fill::fill;

use content::DemoContent;

use crate::app::create_college::NewCategory;
use crate::app::demo::DemoLogin;

/// Everybody in the demo has this one.
const PASSWORD: &str = "campus-demo-2026";
/// Roles in the order in which the log-in page offers them.
const SHOWN_ROLES: [(&str, &str); 5] = [
    ("faculty", "Faculty reviewer"),
    ("head", "Head of department"),
    ("organizer", "Student organizer"),
    ("college_admin", "College admin"),
    ("key_manager", "Key manager"),
];

/// The kinds of achievement of the demo's colleges.
pub(super) fn categories() -> Vec<NewCategory> {
    let category = |entry: content::DemoCategory| NewCategory {
        criteria_narrative: format!(
            "{} A reviewer of the college checked: {}.",
            entry.description,
            entry.checklist.join("; ")
        ),
        achievement_type: "Achievement".to_owned(),
        code: entry.code,
        name: entry.name,
        description: entry.description,
        icon: entry.icon,
        academic: entry.academic,
        checklist: entry.checklist,
        reject_reasons: entry
            .reject_reasons
            .into_iter()
            .map(|reason| (reason.code, reason.label))
            .collect(),
        evidence_required: true,
        particulars: entry.particulars,
    };
    content::content(0).categories.into_iter().map(category).collect()
}

/// One log-in for each role of each college, the showcase student first.
fn logins(content: &DemoContent) -> Vec<DemoLogin> {
    let mut logins = Vec::new();
    for college in &content.colleges {
        let login = |member: &content::DemoMember, role: &str| DemoLogin {
            college: college.slug.clone(),
            college_name: college.name.clone(),
            email: member.email.clone(),
            password: PASSWORD.to_owned(),
            role: role.to_owned(),
            name: member.full_name.clone(),
        };
        logins.extend(
            college
                .members
                .iter()
                .find(|member| member.email == college.showcase)
                .map(|member| login(member, "Student")),
        );
        for (role, words) in SHOWN_ROLES {
            let holder =
                college.members.iter().find(|member| member.roles.iter().any(|held| held == role));
            logins.extend(holder.map(|member| login(member, words)));
        }
    }
    logins
}

/// Say who can log in.
pub(super) fn print_logins() {
    println!("Sign in as (password for all: {PASSWORD}):");
    for login in crate::app::demo::logins() {
        println!(
            "  {:<20} {:<44} {} · {}",
            login.role, login.email, login.name, login.college_name
        );
    }
}
