//! A college joins the hub: its register entry, what it teaches, and its first admin.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::accept_invitation::{grant, open_staff_account};
use super::invitations::OfferedRole;
use super::record::{Actor, Happening, record};
use super::{App, Refusal, keys};
use crate::domain::field::{FieldErrors, TextError};
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::{Role, Scope};
use crate::domain::text::{self, Email, NewPassword};
use crate::storage::{
    CategoryRow, CollegeRow, DepartmentRow, NewCollege as NewCollegeRow, ProgrammeRow, TenantTx,
};

/// A college to be created.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewCollege {
    /// Part of its DID: lower case, for ever.
    pub slug: String,
    /// Name in English.
    pub name: String,
    /// Name in its language.
    pub name_native: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// https address of its own site.
    pub website: Option<String>,
    /// All India Survey on Higher Education code.
    pub aishe_code: Option<String>,
    /// `#rrggbb`; the hub's blue where left out.
    pub colour: Option<String>,
    /// Picture and media type: PNG, JPEG or WebP.
    pub logo: Option<(Vec<u8>, String)>,
    /// Who signs documents by name.
    pub signatory_name: Option<String>,
    /// Their office.
    pub signatory_title: Option<String>,
    /// Last line of each page.
    pub footer: Option<String>,
    /// Version of the consent text.
    pub consent_version: String,
    /// What a student agrees to.
    pub consent_text: String,
    /// Departments with their programmes.
    pub departments: Vec<NewDepartment>,
    /// Kinds of achievement, in their order.
    pub categories: Vec<NewCategory>,
}

/// A department to be created.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewDepartment {
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code and name of each programme.
    pub programmes: Vec<(String, String)>,
}

/// A kind of achievement to be created.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewCategory {
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
    /// For whom it is.
    pub description: String,
    /// Icon name.
    pub icon: String,
    /// Organizers never decide on academic ones.
    pub academic: bool,
    /// Open Badges achievementType.
    pub achievement_type: String,
    /// What had to be shown, in the credential.
    pub criteria_narrative: String,
    /// What a reviewer looks at.
    pub checklist: Vec<String>,
    /// Code and label of each reason to refuse.
    pub reject_reasons: Vec<(String, String)>,
    /// Whether a submission needs a file.
    pub evidence_required: bool,
    /// Which particulars its form has.
    pub particulars: Vec<String>,
}

/// What every submission says, until a college asks for more.
const REQUIRED_FIELDS: [&str; 2] = ["organiser", "ended_on"];

/// Create a college, with its first keys. It has no people yet.
///
/// # Errors
/// `Invalid` for a field; `Conflict` where the slug is taken, or the name looks like that of another college (UTS #39).
pub async fn create_college(new: NewCollege, app: &Arc<App>) -> Result<CollegeId, Refusal> {
    create_beside(new, None, app).await
}

/// The same, beside a college that it looks like: somebody decided that both may stand.
pub(super) async fn create_beside(
    new: NewCollege,
    look_alike_of: Option<CollegeId>,
    app: &Arc<App>,
) -> Result<CollegeId, Refusal> {
    let row = NewCollegeRow { look_alike_of: look_alike_of.map(|id| id.0), ..parse(&new, app)? };
    let acting = app.clone();
    app.act(async move {
        let id = CollegeId(row.row.id);
        let mut tx = acting.database.tenant(id).await?;
        tx.insert_college(&row).await.map_err(|error| {
            if error.is_duplicate() {
                Refusal::Conflict(
                    "There is a college of this slug, or with a name that looks the same.",
                )
            } else {
                error.into()
            }
        })?;
        insert_departments(&new.departments, &mut tx, &acting).await?;
        insert_categories(new.categories, &mut tx, &acting).await?;
        keys::create_first(&row.row, &mut tx, &acting).await?;
        record(
            Happening::in_college("college_created", serde_json::json!({ "slug": row.row.slug })),
            Actor::HUB,
            &mut tx,
            &acting,
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    })
    .await
}

/// Give a college its first admin, who invites everybody else.
///
/// # Errors
/// `Conflict` where the college has an admin, or the address an account; `Invalid` for a field.
pub async fn appoint_first_admin(
    email: &str,
    full_name: &str,
    password: &str,
    college: CollegeId,
    app: &Arc<App>,
) -> Result<MemberId, Refusal> {
    let mut errors = FieldErrors::default();
    let email = errors.take("email", Email::parse(email));
    let full_name = errors.take("full_name", text::line(full_name, 2, 120));
    let password = errors.take("password", NewPassword::parse(password));
    let (Some(email), Some(full_name), Some(password)) = (email, full_name, password) else {
        return Err(errors.into());
    };
    let hash = app.passwords.hash(password.reveal().to_owned()).await?;
    let acting = app.clone();
    app.act(async move {
        let mut tx = acting.database.tenant(college).await?;
        if tx.role_is_held(Role::CollegeAdmin.as_str(), acting.now()).await? {
            return Err(Refusal::Conflict(
                "The college has an admin already, who can invite others.",
            ));
        }
        let member =
            open_staff_account(email.address(), full_name, &hash, &mut tx, &acting).await?;
        grant(
            OfferedRole { role: Role::CollegeAdmin, scope: Scope::College },
            member,
            None,
            &mut tx,
            &acting,
        )
        .await?;
        let happening =
            Happening::in_college("first_admin_appointed", serde_json::json!({ "member": member }));
        record(happening, Actor::HUB, &mut tx, &acting).await?;
        tx.commit().await?;
        Ok(member)
    })
    .await
}

/// Whether everything that is typed can be accepted.
pub(super) fn check(new: &NewCollege, app: &App) -> Result<(), Refusal> {
    parse(new, app).map(drop)
}

/// The college whose name or slug looks like this one's, the oldest.
///
/// # Errors
/// `Conflict` where the slug is taken.
pub(super) async fn look_alike(new: &NewCollege, app: &App) -> Result<Option<CollegeId>, Refusal> {
    let faces = app.database.college_faces().await?;
    if faces.iter().any(|(_, slug, _)| *slug == new.slug) {
        return Err(Refusal::Conflict("There is a college of this slug."));
    }
    let (name, slug) = (skeleton(&new.name), skeleton(&new.slug));
    let alike = faces.iter().find(|(_, other, face)| *face == name || skeleton(other) == slug);
    Ok(alike.map(|(id, _, _)| CollegeId(*id)))
}

/// The tenant of those who run the hub, made where there is none: it has neither departments nor keys.
pub(super) async fn open_platform_tenant(app: &App) -> Result<CollegeId, Refusal> {
    if let Some(id) = app.database.platform_tenant().await? {
        return Ok(id);
    }
    let new = NewCollege {
        slug: "hub".to_owned(),
        name: "Hub administration".to_owned(),
        consent_version: "none".to_owned(),
        ..NewCollege::default()
    };
    let row = NewCollegeRow { platform: true, ..parse(&new, app)? };
    let id = CollegeId(row.row.id);
    let mut tx = app.database.tenant(id).await?;
    match tx.insert_college(&row).await {
        Ok(()) => tx.commit().await?,
        // Another process was first.
        Err(error) if error.is_duplicate() => drop(tx),
        Err(error) => return Err(error.into()),
    }
    let made = app.database.platform_tenant().await?;
    made.ok_or(Refusal::Conflict("A college has the slug that the hub's own tenant needs: hub."))
}

fn parse(new: &NewCollege, app: &App) -> Result<NewCollegeRow, Refusal> {
    let mut errors = FieldErrors::default();
    let slug = errors.take("slug", parse_slug(&new.slug));
    let name = errors.take("name", text::line(&new.name, 3, 120));
    let colour = new.colour.clone().unwrap_or_else(|| "#1d4e89".to_owned()).to_lowercase();
    if !is_colour(&colour) {
        errors.add("colour", "malformed", "A colour is written #rrggbb.");
    }
    if new.website.as_ref().is_some_and(|site| !site.starts_with("https://")) {
        errors.add("website", "malformed", "An address begins with https://.");
    }
    if new.logo.as_ref().is_some_and(|(_, kind)| {
        !["image/png", "image/jpeg", "image/webp"].contains(&kind.as_str())
    }) {
        errors.add("logo", "unsupported_type", "A logo is a PNG, JPEG or WebP picture.");
    }
    let consent_version = errors.take("consent_version", text::line(&new.consent_version, 1, 40));
    let (Some(slug), Some(name), Some(consent_version), []) =
        (slug, name, consent_version, errors.0.as_slice())
    else {
        return Err(errors.into());
    };
    let (logo, logo_type) = new.logo.clone().unzip();
    let row = CollegeRow {
        id: app.row_id(),
        slug,
        name: name.clone(),
        name_native: new.name_native.clone(),
        city: new.city.clone(),
        address: new.address.clone(),
        website: new.website.clone(),
        aishe_code: new.aishe_code.clone(),
        colour,
        logo,
        logo_type,
        signatory_name: new.signatory_name.clone(),
        signatory_title: new.signatory_title.clone(),
        footer: new.footer.clone(),
        consent_version,
        consent_text: new.consent_text.clone(),
        state: "active".to_owned(),
        created_at: app.now(),
    };
    Ok(NewCollegeRow { row, skeleton: skeleton(&name), look_alike_of: None, platform: false })
}

/// What two names share that look the same (UTS #39 §4), whatever their case and spacing.
fn skeleton(name: &str) -> String {
    let plain: String = name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    unicode_security::confusable_detection::skeleton(&plain).collect()
}

fn parse_slug(slug: &str) -> Result<String, TextError> {
    let inner =
        slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let ends = slug.starts_with(|c: char| c.is_ascii_lowercase()) && !slug.ends_with('-');
    if inner && ends && (3..=40).contains(&slug.len()) {
        Ok(slug.to_owned())
    } else {
        Err(TextError::Malformed(
            "A slug is 3 to 40 lower-case letters, digits and dashes, beginning with a letter.",
        ))
    }
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

async fn insert_departments(
    departments: &[NewDepartment],
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    for department in departments {
        let row = DepartmentRow {
            id: app.row_id(),
            code: department.code.clone(),
            name: department.name.clone(),
        };
        tx.insert_department(&row).await?;
        for (code, name) in &department.programmes {
            let programme = ProgrammeRow {
                id: app.row_id(),
                department_id: row.id,
                code: code.clone(),
                name: name.clone(),
            };
            tx.insert_programme(&programme).await?;
        }
    }
    Ok(())
}

async fn insert_categories(
    categories: Vec<NewCategory>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    for (position, category) in (0..).zip(categories) {
        let reasons = category
            .reject_reasons
            .iter()
            .map(|(code, label)| serde_json::json!({ "code": code, "label": label }))
            .collect();
        let row = CategoryRow {
            id: app.row_id(),
            code: category.code,
            name: category.name,
            description: category.description,
            icon: category.icon,
            academic: category.academic,
            achievement_type: category.achievement_type,
            criteria_narrative: category.criteria_narrative,
            checklist: category.checklist,
            reject_reasons: reasons,
            evidence_required: category.evidence_required,
            required_fields: REQUIRED_FIELDS.map(str::to_owned).to_vec(),
            particulars: category.particulars,
            evidence_kinds: Vec::new(),
            position,
        };
        tx.insert_category(&row).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_share_a_skeleton() {
        // The second begins with a Cyrillic capital Es.
        assert_eq!(skeleton("College of Arts"), skeleton("\u{0421}ollege  of arts"));
        assert_ne!(skeleton("College of Arts"), skeleton("College of Crafts"));
    }

    #[test]
    fn a_slug_that_a_did_could_not_carry_is_refused() {
        assert!(parse_slug("st-marys").is_ok());
        for bad in ["St-Marys", "1st", "a", "ab-", "st.marys", "st%3amarys"] {
            assert!(parse_slug(bad).is_err(), "{bad}");
        }
    }
}
