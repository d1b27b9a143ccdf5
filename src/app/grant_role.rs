//! Giving a member of the college a role.

use std::sync::Arc;

use super::accept_invitation::grant;
use super::invitations::OfferedRole;
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::ids::MemberId;
use crate::domain::member::{Caller, MemberState, Permission, Role};

/// Give a confirmed member a role, now. Key managers are appointed by two persons, and not here.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` for a stranger; `Invalid` for a role that is not given this way.
pub async fn grant_role(
    member: MemberId,
    offered: OfferedRole,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    if !caller.may(Permission::InviteStaff) {
        return Err(Refusal::Forbidden);
    }
    if matches!(offered.role, Role::Student | Role::KeyManager) {
        return Err(Refusal::field("role", "not_grantable", "This role is not given this way."));
    }
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let row = tx.member(member, acting.now()).await?.ok_or(Refusal::NotFound)?;
        if row.state != MemberState::Confirmed.as_str() {
            return Err(Refusal::Conflict("Only a confirmed member can be given a role."));
        }
        grant(offered, member, Some(caller.member.0), &mut tx, &acting).await?;
        let facts =
            serde_json::json!({ "member": member, "role": offered.role, "scope": offered.scope });
        record(Happening::in_college("role_granted", facts), (&caller).into(), &mut tx, &acting)
            .await?;
        Ok(tx.commit().await?)
    })
    .await
}
