//! What each kind of confirmation is about: who may agree, who is told, what hangs on it, and what is done.

use serde_json::Value;

use super::Request;
use crate::app::authenticate::word;
use crate::app::keys::{self, Acting};
use crate::app::notifications::notify;
use crate::app::{App, Refusal, appointments, revoke};
use crate::domain::confirmation::ConfirmationKind;
use crate::domain::ids::{CredentialId, KeyId, MemberId};
use crate::domain::member::{Permission, Role};
use crate::storage::{ConfirmationRow, TenantTx};

/// Who administers the college.
const ADMINS: [&str; 1] = [Role::CollegeAdmin.as_str()];

/// Whether this person may see it, decide on it, and be one of the two. Whoever runs the hub sees all.
pub(super) async fn is_for(
    row: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<bool, Refusal> {
    let Acting::Member(caller) = acting else { return Ok(true) };
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise | ConfirmationKind::KeyUnfreeze => {
            Ok(caller.may(Permission::FreezeKeys))
        }
        // Nobody decides on their own appointment.
        ConfirmationKind::KeyManagerGrant => {
            Ok(caller.may(Permission::FreezeKeys) && caller.member.0 != row.subject_id)
        }
        ConfirmationKind::CredentialRevocation => {
            revoke::may_revoke(CredentialId(row.subject_id), caller, tx, app).await
        }
        // Nobody judges their own approvals.
        ConfirmationKind::ApproverRevocation => {
            Ok(caller.may(Permission::RevokeApprovals) && caller.member.0 != row.subject_id)
        }
    }
}

/// Everybody who could agree by their office.
pub(super) async fn people(
    kind: ConfirmationKind,
    subject: uuid::Uuid,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Vec<MemberId>, Refusal> {
    match kind {
        ConfirmationKind::KeyCompromise | ConfirmationKind::KeyUnfreeze => {
            Ok(tx.holders(&keys::tell::KEY_ROLES, app.now()).await?)
        }
        ConfirmationKind::KeyManagerGrant => {
            let mut people = tx.holders(&keys::tell::KEY_ROLES, app.now()).await?;
            people.retain(|member| member.0 != subject);
            Ok(people)
        }
        ConfirmationKind::CredentialRevocation => {
            revoke::who_may_revoke(CredentialId(subject), tx, app).await
        }
        ConfirmationKind::ApproverRevocation => {
            let mut admins = tx.holders(&ADMINS, app.now()).await?;
            admins.retain(|member| member.0 != subject);
            Ok(admins)
        }
    }
}

/// Tell everybody who could agree.
pub(super) async fn tell(
    kind: ConfirmationKind,
    subject: uuid::Uuid,
    (notice, text): (&str, &str),
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    for member in people(kind, subject, tx, app).await? {
        notify(member, notice, text.to_owned(), None, tx, app).await?;
    }
    Ok(())
}

/// What is asked of a second person.
pub(super) fn question(request: &Request<'_>) -> String {
    let kid = request.details["kid"].as_str().unwrap_or_default();
    match request.kind {
        ConfirmationKind::KeyCompromise => {
            format!("A second person is needed: is the key {kid} in other hands?")
        }
        ConfirmationKind::KeyUnfreeze => {
            format!("A second person is needed: may the freeze of the key {kid} be lifted?")
        }
        ConfirmationKind::KeyManagerGrant => {
            "A second person is needed: may somebody be made a key manager?".to_owned()
        }
        ConfirmationKind::CredentialRevocation => {
            "A second person is needed: is this credential to be revoked for fraud?".to_owned()
        }
        ConfirmationKind::ApproverRevocation => {
            "A second person is needed: is everything that a reviewer approved to be revoked for fraud?".to_owned()
        }
    }
}

/// Hold the subject before the confirmation's row is touched: whoever asks for something holds them in the same order.
pub(super) async fn hold(
    row: &ConfirmationRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise | ConfirmationKind::KeyUnfreeze => {
            keys::lock(KeyId(row.subject_id), tx).await.map(drop)
        }
        ConfirmationKind::CredentialRevocation => {
            revoke::hold_subject(CredentialId(row.subject_id), tx, app).await
        }
        ConfirmationKind::ApproverRevocation | ConfirmationKind::KeyManagerGrant => Ok(()),
    }
}

/// Do it.
pub(super) async fn carry_out(
    row: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise => keys::declare_compromised(row, acting, tx, app).await,
        ConfirmationKind::KeyUnfreeze => keys::lift_freeze(row, acting, tx, app).await,
        ConfirmationKind::KeyManagerGrant => appointments::appoint(row, acting, tx, app).await,
        ConfirmationKind::CredentialRevocation => {
            revoke::confirm_credential(row, acting, tx, app).await
        }
        ConfirmationKind::ApproverRevocation => {
            revoke::confirm_approver(row, acting, tx, app).await
        }
    }
}

/// What hangs on it now.
pub(super) async fn facts_now(
    row: &ConfirmationRow,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Value, Refusal> {
    match word::<ConfirmationKind>(&row.kind)? {
        ConfirmationKind::KeyCompromise | ConfirmationKind::KeyUnfreeze => {
            keys::still_affected(KeyId(row.subject_id), tx).await
        }
        ConfirmationKind::KeyManagerGrant => appointments::key_managers(tx, app).await,
        ConfirmationKind::CredentialRevocation => {
            revoke::facts(CredentialId(row.subject_id), tx).await
        }
        ConfirmationKind::ApproverRevocation => revoke::affected_by_approver(row, tx).await,
    }
}
