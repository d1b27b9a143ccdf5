//! Somebody follows the link of an invitation and joins the staff.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::authenticate::caller;
use super::grants::scope_words;
use super::invitations::{OfferedRole, offered};
use super::keys::{Acting, Operator};
use super::one_time::{self, Purpose, digest};
use super::record::{Actor, Happening, record};
use super::{App, Refusal, appointments};
use crate::domain::field::FieldErrors;
use crate::domain::granting::Term;
use crate::domain::ids::{CollegeId, InvitationId, MemberId};
use crate::domain::member::{Language, MemberState, Permission, Role};
use crate::domain::text::{self, Email, NewPassword};
use crate::storage::{CollegeRow, InvitationRow, NewGrant, NewMember, TenantTx};

/// An invitation as the invited person sees it.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The college that invites.
    pub college: CollegeRow,
    /// Address.
    pub email: String,
    /// What it promises.
    pub roles: Vec<OfferedRole>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

/// The account that came of an invitation.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// To log in with.
    pub email: String,
    /// Slug of the college.
    pub college: String,
}

/// What a mailed link promises.
///
/// # Errors
/// `NotFound` where the link never was, is too old, or was accepted or withdrawn.
pub async fn show(token: &str, app: &App) -> Result<Invitation, Refusal> {
    let (college, subject) =
        one_time::find(Purpose::Invitation, token, app).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(college).await?;
    let row = tx
        .invitation(subject.into())
        .await?
        .filter(|row| is_open(row, app))
        .ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    let college = app.database.college(college).await?;
    Ok(Invitation {
        college,
        email: row.email.clone(),
        roles: offered(&row)?,
        expires_at: row.expires_at,
    })
}

/// Accept: the account is made, with the roles that were promised.
///
/// # Errors
/// `NotFound` as for [`show`]; `Invalid` for the name or the password; `Conflict` where the address has an account by now.
pub async fn accept(
    token: String,
    full_name: &str,
    password: &str,
    app: &Arc<App>,
) -> Result<Accepted, Refusal> {
    let (college, _) =
        one_time::find(Purpose::Invitation, &token, app).await?.ok_or(Refusal::NotFound)?;
    let mut errors = FieldErrors::default();
    let full_name = errors.take("full_name", text::line(full_name, 2, 120));
    let password = errors.take("password", NewPassword::parse(password));
    let (Some(full_name), Some(password)) = (full_name, password) else {
        return Err(errors.into());
    };
    let hash = app.passwords.hash(password.reveal().to_owned()).await?;
    let acting = app.clone();
    app.act(async move { join(&token, college, full_name, &hash, &acting).await }).await
}

async fn join(
    token: &str,
    college: CollegeId,
    full_name: String,
    hash: &str,
    app: &App,
) -> Result<Accepted, Refusal> {
    let now = app.now();
    let mut tx = app.database.tenant(college).await?;
    let subject = tx
        .consume_one_time_token(&digest(token), Purpose::Invitation.as_str(), now)
        .await?
        .ok_or(Refusal::NotFound)?;
    let id = InvitationId(subject);
    let row = tx.invitation(id).await?.ok_or(Refusal::NotFound)?;
    if !tx.accept_invitation(id, now).await? {
        return Err(Refusal::NotFound);
    }
    let member = open_staff_account(&row.email, full_name, hash, &mut tx, app).await?;
    let inviter = inviter(&row, college, &mut tx, app).await?;
    for offered in offered(&row)? {
        // A key manager is appointed by two persons: the second is asked now.
        if offered.role == Role::KeyManager {
            let term = Term { starts_at: now, ends_at: None };
            let reason = "Invited to the staff as key manager.";
            appointments::ask(member, term, reason, &inviter, &mut tx, app).await?;
        } else {
            grant(offered, member, row.created_by, &mut tx, app).await?;
        }
    }
    let happening = Happening::in_college(
        "staff_joined",
        serde_json::json!({ "member": member, "invitation": id, "roles": row.roles }),
    );
    record(happening, Actor { member: Some(member), role: None }, &mut tx, app).await?;
    tx.commit().await?;
    let college = app.database.college(college).await?;
    Ok(Accepted { email: row.email, college: college.slug })
}

/// Who vouches for whoever accepts: somebody who may invite now too. What an admin of then promised falls with them.
async fn inviter(
    row: &InvitationRow,
    college: CollegeId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Acting, Refusal> {
    let Some(member) = row.created_by.map(MemberId) else {
        let name = row.created_by_operator.as_deref().unwrap_or_default();
        return Ok(Acting::Operator(Operator::new(name, college)?));
    };
    let rows = tx.caller(member, app.now()).await?;
    let caller = caller(member, college, &rows).map_err(|_| Refusal::NotFound)?;
    if caller.may(Permission::InviteStaff) { Ok(caller.into()) } else { Err(Refusal::NotFound) }
}

/// A member of staff with a log-in, confirmed from the start: somebody vouches for them.
pub(super) async fn open_staff_account(
    email: &str,
    full_name: String,
    hash: &str,
    tx: &mut TenantTx,
    app: &App,
) -> Result<MemberId, Refusal> {
    let id = MemberId(app.row_id());
    let email = Email::parse(email).map_err(Refusal::internal)?;
    if !tx.insert_login(id, &email.key(), hash).await? {
        return Err(Refusal::Conflict("There is an account with this address already."));
    }
    let member = NewMember {
        id: id.0,
        email: email.address().to_owned(),
        full_name,
        full_name_native: None,
        native_language: None,
        language: Language::English.as_str().to_owned(),
        state: MemberState::Confirmed.as_str().to_owned(),
        student: false,
        department_id: None,
        programme_id: None,
        roll_number: None,
        batch: None,
        subject_id: app.public_id(),
        code_hash: None,
        consent_version: None,
        created_at: app.now(),
    };
    tx.insert_member(&member).await?;
    Ok(id)
}

/// Write a grant that holds from now on.
pub(super) async fn grant(
    offered: OfferedRole,
    member: MemberId,
    granted_by: Option<Uuid>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let (scope_kind, scope_id) = scope_words(offered.scope);
    let new = NewGrant {
        id: app.row_id(),
        member,
        role: offered.role.as_str().to_owned(),
        scope_kind: scope_kind.to_owned(),
        scope_id,
        starts_at: app.now(),
        granted_by,
        may_revoke: false,
    };
    Ok(tx.insert_grant(&new).await?)
}

fn is_open(row: &InvitationRow, app: &App) -> bool {
    row.accepted_at.is_none() && row.revoked_at.is_none() && row.expires_at > app.now()
}
