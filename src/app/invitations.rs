//! Staff come by invitation only; the inviter chooses their roles.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::keys::{Acting, Operator};
use super::one_time::{self, Purpose, Secret};
use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::granting::{GrantError, check_scope};
use crate::domain::ids::{InvitationId, MemberId};
use crate::domain::job::Job;
use crate::domain::letter::Letter;
use crate::domain::member::{Caller, Language, Role, Scope};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::Email;
use crate::storage::{InvitationRow, TenantTx};

pub use super::accept_invitation::{Accepted, Invitation, accept, show};

/// A role with what it reaches, as an invitation promises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedRole {
    /// The role.
    pub role: Role,
    /// What it reaches.
    pub scope: Scope,
}

/// An invitation as the college's admins see it.
#[derive(Clone, Debug)]
pub struct PendingInvitation {
    /// Id.
    pub id: InvitationId,
    /// Address.
    pub email: String,
    /// What it promises.
    pub roles: Vec<OfferedRole>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// Invite somebody to the staff; an open invitation of the same address is replaced.
/// The secret is that of the mailed link, for seeds and tests.
///
/// # Errors
/// `Invalid` for an address or a role that cannot be invited; `Conflict` where the address has an account.
pub async fn invite(
    email: &str,
    roles: Vec<OfferedRole>,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(PendingInvitation, Secret), Refusal> {
    let mut errors = FieldErrors::default();
    let email = errors.take("email", Email::parse(email));
    check_roles(&roles, &mut errors);
    let Some(email) = email else { return Err(errors.into()) };
    let (email, acting, caller) = (errors.or(email)?, app.clone(), caller.clone());
    app.act(async move { write_invitation(email, roles, &caller, &acting).await }).await
}

/// The college's invitations, newest first; the withdrawn ones are left out.
pub async fn list(
    page: PageRequest,
    count: bool,
    caller: &Caller,
    app: &App,
) -> Result<(Page<PendingInvitation>, Option<i64>), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.invitations(&page).await?;
    let count = if count { Some(tx.count_invitations().await?) } else { None };
    tx.commit().await?;
    let rows = rows.into_iter().map(pending).collect::<Result<Vec<_>, _>>()?;
    Ok((Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id.0 }), count))
}

/// Withdraw an invitation that nobody has accepted.
///
/// # Errors
/// `NotFound`; `Conflict` where it was accepted.
pub async fn withdraw(id: InvitationId, caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let now = acting.now();
        let mut tx = acting.database.tenant(caller.college).await?;
        let row = tx
            .invitation(id)
            .await?
            .filter(|row| row.revoked_at.is_none())
            .ok_or(Refusal::NotFound)?;
        if row.accepted_at.is_some() || !tx.withdraw_invitation(id, now).await? {
            return Err(Refusal::Conflict("This invitation has been accepted already."));
        }
        tx.void_one_time_tokens(Purpose::Invitation.as_str(), id.0, now).await?;
        let happening =
            Happening::in_college("invitation_withdrawn", serde_json::json!({ "invitation": id }));
        record(happening, Actor::from(&caller), &mut tx, &acting).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Invite an admin to a college, for the hub: nobody of the college vouches for them.
pub(super) async fn invite_first_admin(
    email: &str,
    operator: &str,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Secret, Refusal> {
    let email = Email::parse(email)
        .map_err(|error| Refusal::field("admin_email", error.code(), error.to_string()))?;
    let roles = [OfferedRole { role: Role::CollegeAdmin, scope: Scope::College }];
    let acting = Acting::Operator(Operator::new(operator, tx.college())?);
    let by = Inviter { member: None, name: operator };
    Ok(send_invitation(&email, &roles, by, &acting, tx, app).await?.1)
}

/// Which roles can be offered, and with which scope (workflow §2).
fn check_roles(roles: &[OfferedRole], errors: &mut FieldErrors) {
    if roles.is_empty() || roles.len() > 10 {
        errors.add("roles", "required", "Between one and ten roles are needed.");
    }
    for (index, offered) in roles.iter().enumerate() {
        let at = format!("roles/{index}");
        if matches!(offered.role, Role::Student | Role::Organizer) {
            let detail = "Students register themselves; this role is no staff role.";
            errors.add(&at, "not_staff", detail);
        } else if let Err(GrantError::Field { code, detail, .. }) =
            check_scope(offered.role, offered.scope)
        {
            errors.add(&at, code, detail);
        }
    }
}

async fn write_invitation(
    email: Email,
    roles: Vec<OfferedRole>,
    caller: &Caller,
    app: &App,
) -> Result<(PendingInvitation, Secret), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    check_scopes(&roles, &mut tx).await?;
    let inviter = tx.member(caller.member, app.now()).await?.ok_or(Refusal::Unauthenticated)?;
    let by = Inviter { member: Some(caller.member), name: &inviter.full_name };
    let acting = Acting::from(caller.clone());
    let (row, secret) = send_invitation(&email, &roles, by, &acting, &mut tx, app).await?;
    tx.commit().await?;
    Ok((pending(row)?, secret))
}

struct Inviter<'a> {
    /// None for whoever runs the hub.
    member: Option<MemberId>,
    name: &'a str,
}

async fn send_invitation(
    email: &Email,
    roles: &[OfferedRole],
    by: Inviter<'_>,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(InvitationRow, Secret), Refusal> {
    let now = app.now();
    let college = tx.own_college().await?;
    if tx.member_of_login(&email.key()).await?.is_some() {
        return Err(Refusal::Conflict("There is an account with this address already."));
    }
    tx.withdraw_invitations_of(&email.key(), now).await?;
    let row = InvitationRow {
        id: app.row_id(),
        email: email.address().to_owned(),
        roles: serde_json::to_value(roles).map_err(Refusal::internal)?,
        created_by: by.member.map(|id| id.0),
        created_by_operator: by.member.is_none().then(|| by.name.to_owned()),
        created_at: now,
        expires_at: now + Purpose::Invitation.lifetime(),
        accepted_at: None,
        revoked_at: None,
    };
    tx.insert_invitation(&row).await?;
    let secret = one_time::hand_out(Purpose::Invitation, row.id, tx, app).await?;
    let letter = Letter::Invitation {
        // Their name is not known yet.
        name: email.address().to_owned(),
        college: college.name,
        inviter: by.name.to_owned(),
        link: Purpose::Invitation.link(&secret, app),
        days: Purpose::Invitation.hours() / 24,
    };
    enqueue(&Job::SendMail { to: row.email.clone(), language: Language::English, letter }, tx, app)
        .await?;
    let happening = Happening::in_college(
        "staff_invited",
        acting.facts(serde_json::json!({ "invitation": row.id, "roles": row.roles })),
    );
    record(happening, acting.actor(), tx, app).await?;
    Ok((row, secret))
}

async fn check_scopes(roles: &[OfferedRole], tx: &mut TenantTx) -> Result<(), Refusal> {
    let departments = tx.departments().await?;
    let categories = tx.categories().await?;
    let mut errors = FieldErrors::default();
    for (index, offered) in roles.iter().enumerate() {
        let known = match offered.scope {
            Scope::College => true,
            Scope::Department(id) => departments.iter().any(|row| row.id == id.0),
            Scope::Category(id) => categories.iter().any(|row| row.id == id.0),
            // Refused already: no role of the staff is for an event.
            Scope::Event(_) => false,
        };
        if !known {
            errors.add(
                &format!("roles/{index}/scope/id"),
                "unknown",
                "The college has no such department or category.",
            );
        }
    }
    Ok(errors.or(())?)
}

/// What an invitation promises.
pub(super) fn offered(row: &InvitationRow) -> Result<Vec<OfferedRole>, Refusal> {
    serde_json::from_value(row.roles.clone()).map_err(Refusal::internal)
}

fn pending(row: InvitationRow) -> Result<PendingInvitation, Refusal> {
    Ok(PendingInvitation {
        roles: offered(&row)?,
        id: InvitationId(row.id),
        email: row.email,
        created_at: row.created_at,
        expires_at: row.expires_at,
        accepted_at: row.accepted_at,
    })
}
