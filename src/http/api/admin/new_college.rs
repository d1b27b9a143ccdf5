//! The shape of a college to be created.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::admin::NewCollegeRequest;
use crate::app::create_college::{NewCategory, NewCollege, NewDepartment};

/// A college to be created, with its keys, and an invitation to its first admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCollegeBody {
    /// Part of its DID: 3 to 40 lower-case letters, digits and dashes, never renamed.
    slug: String,
    name: String,
    name_native: Option<String>,
    city: Option<String>,
    address: Option<String>,
    /// https address of its own site.
    website: Option<String>,
    aishe_code: Option<String>,
    /// `#rrggbb`.
    colour: Option<String>,
    signatory_name: Option<String>,
    signatory_title: Option<String>,
    footer: Option<String>,
    consent_version: String,
    consent_text: String,
    departments: Vec<DepartmentBody>,
    categories: Vec<CategoryBody>,
    /// Where the invitation of the first admin goes.
    admin_email: String,
    /// Octets of evidence it may keep; 200 GiB where left out.
    storage_quota: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DepartmentBody {
    code: String,
    name: String,
    programmes: Vec<ProgrammeBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProgrammeBody {
    code: String,
    name: String,
}

/// A kind of achievement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CategoryBody {
    code: String,
    name: String,
    description: String,
    icon: String,
    academic: bool,
    /// Open Badges 3.0 achievementType.
    achievement_type: String,
    criteria_narrative: String,
    checklist: Vec<String>,
    reject_reasons: Vec<ReasonBody>,
    evidence_required: bool,
    /// Which particulars its form has.
    #[serde(default)]
    particulars: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    code: String,
    label: String,
}

impl From<NewCollegeBody> for NewCollegeRequest {
    fn from(body: NewCollegeBody) -> Self {
        let department = |entry: DepartmentBody| NewDepartment {
            code: entry.code,
            name: entry.name,
            programmes: entry.programmes.into_iter().map(|row| (row.code, row.name)).collect(),
        };
        let category = |entry: CategoryBody| NewCategory {
            code: entry.code,
            name: entry.name,
            description: entry.description,
            icon: entry.icon,
            academic: entry.academic,
            achievement_type: entry.achievement_type,
            criteria_narrative: entry.criteria_narrative,
            checklist: entry.checklist,
            reject_reasons: entry
                .reject_reasons
                .into_iter()
                .map(|row| (row.code, row.label))
                .collect(),
            evidence_required: entry.evidence_required,
            particulars: entry.particulars,
        };
        Self {
            college: NewCollege {
                slug: body.slug,
                name: body.name,
                name_native: body.name_native,
                city: body.city,
                address: body.address,
                website: body.website,
                aishe_code: body.aishe_code,
                colour: body.colour,
                logo: None,
                signatory_name: body.signatory_name,
                signatory_title: body.signatory_title,
                footer: body.footer,
                consent_version: body.consent_version,
                consent_text: body.consent_text,
                departments: body.departments.into_iter().map(department).collect(),
                categories: body.categories.into_iter().map(category).collect(),
            },
            admin_email: body.admin_email,
            storage_quota: body.storage_quota,
        }
    }
}
