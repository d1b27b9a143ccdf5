//! GET, PATCH /api/me/

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::achievements::present;
use crate::app::App;
use crate::app::colleges::logo_address;
use crate::app::me::{self, ProfileChange};
use crate::app::rows::GrantRow;
use crate::domain::ids::MemberId;
use crate::domain::member::{Caller, Language, Permission, Role};
use crate::http::extract::{SignedIn, ValidJson, etag};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// The caller.
#[derive(Serialize, ToSchema)]
struct Me {
    id: MemberId,
    email: String,
    full_name: String,
    full_name_native: Option<String>,
    language: Language,
    state: crate::domain::member::MemberState,
    roles: Vec<Role>,
    grants: Vec<Grant>,
    permissions: Vec<Permission>,
    college: MyCollege,
    department: Option<Named>,
    programme: Option<Named>,
    roll_number: Option<String>,
    batch: Option<String>,
    counts: Counts,
    /// Somebody looks at the hub as this person sees it: for a banner.
    impersonation: Option<ImpersonationBanner>,
}

/// Who looks through somebody's eyes.
#[derive(Serialize, ToSchema)]
struct ImpersonationBanner {
    /// Who looks.
    by: String,
    reason: String,
    /// Until when at most.
    until: DateTime<Utc>,
}

/// A role in force.
#[derive(Serialize, ToSchema)]
struct Grant {
    /// Role word.
    role: String,
    scope: GrantScope,
    until: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
struct GrantScope {
    /// `college`, `department` or `category`.
    kind: String,
    id: Option<uuid::Uuid>,
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct MyCollege {
    slug: String,
    name: String,
    /// `#rrggbb`.
    colour: String,
    logo_url: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Named {
    code: String,
    name: String,
}

/// What the badges show; capped at 100.
#[derive(Serialize, ToSchema)]
struct Counts {
    waiting_for_review: i64,
    needs_me: i64,
    unread_notifications: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileRequest {
    /// Null takes it away; left out, it stays.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    full_name_native: Option<Option<String>>,
    language: Option<Language>,
}

/// The caller, with roles, rights and counts.
#[utoipa::path(get, path = "/api/me", tag = "identity", security(("bearer" = [])),
    responses((status = 200, body = Me), (status = 401)))]
async fn show(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, String); 1], Json<Me>), Problem> {
    Ok(tagged(me::me(&caller, &app).await?, &caller))
}

/// Change one's own name in its script, or the language. The name that is signed is the college's to change.
#[utoipa::path(patch, path = "/api/me", tag = "identity", security(("bearer" = [])), request_body = ProfileRequest,
    responses(
        (status = 200, body = Me),
        (status = 400), (status = 401), (status = 422)))]
async fn change(
    SignedIn(caller): SignedIn,
    State(app): State<Arc<App>>,
    ValidJson(request): ValidJson<ProfileRequest>,
) -> Result<([(HeaderName, String); 1], Json<Me>), Problem> {
    let change =
        ProfileChange { full_name_native: request.full_name_native, language: request.language };
    Ok(tagged(me::change_profile(change, &caller, &app).await?, &caller))
}

fn tagged(me: me::Me, caller: &Caller) -> ([(HeaderName, String); 1], Json<Me>) {
    ([(header::ETAG, etag(me.member.version))], Json(shape(me, caller)))
}

fn shape(me: me::Me, caller: &Caller) -> Me {
    let member = me.member;
    Me {
        id: MemberId(member.id),
        email: member.email,
        full_name: member.full_name,
        full_name_native: member.full_name_native,
        language: member.language.parse().unwrap_or(caller.language),
        state: caller.state,
        roles: caller.roles(),
        grants: me.grants.into_iter().map(Grant::from).collect(),
        permissions: me.permissions,
        college: MyCollege {
            logo_url: logo_address(&me.college),
            slug: me.college.slug,
            name: me.college.name,
            colour: me.college.colour,
        },
        department: named(member.department_code, member.department_name),
        programme: named(member.programme_code, member.programme_name),
        roll_number: member.roll_number,
        batch: member.batch,
        counts: Counts {
            waiting_for_review: me.waiting_for_review,
            needs_me: me.needs_me,
            unread_notifications: me.unread_notifications,
        },
        impersonation: caller.onlooker.as_ref().map(|onlooker| ImpersonationBanner {
            by: onlooker.name.clone(),
            reason: onlooker.reason.clone(),
            until: onlooker.until,
        }),
    }
}

fn named(code: Option<String>, name: Option<String>) -> Option<Named> {
    Some(Named { code: code?, name: name? })
}

impl From<GrantRow> for Grant {
    fn from(row: GrantRow) -> Self {
        Self {
            role: row.role,
            scope: GrantScope { kind: row.scope_kind, id: row.scope_id, name: row.scope_name },
            until: row.ends_at,
        }
    }
}
