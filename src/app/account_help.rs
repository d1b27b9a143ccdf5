//! An admin helps somebody who cannot log in. They learn nothing by it: a link for a new password goes to the person's own
//! address, and factors that were lost are taken away.

use std::sync::Arc;

use serde_json::json;

use super::member_life::{find, parse_reason};
use super::record::{Happening, record};
use super::second_factor::totp::tell;
use super::{App, Refusal, reset_password};
use crate::domain::ids::MemberId;
use crate::domain::member::Caller;

/// Mail a member the link for a new password.
///
/// # Errors
/// `NotFound`; `Conflict` for a closed account.
pub async fn mail_password_link(
    id: MemberId,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        find(id, &mut tx, &acting).await?;
        if !reset_password::mail_link_in(id, &mut tx, &acting).await? {
            return Err(Refusal::Conflict("This account is closed: open it again first."));
        }
        let happening = Happening::in_college("password_link_mailed", json!({ "member": id }));
        record(happening, (&caller).into(), &mut tx, &acting).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Take a member's authenticator app, recovery codes and passkeys away, which they lost; every session of theirs ends.
/// They are told, and log in with their password until they set up others.
///
/// # Errors
/// `NotFound`; `SamePerson` for oneself; `Conflict` where there is nothing to take away; `Invalid` without a reason.
pub async fn reset_factors(
    id: MemberId,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    if id == caller.member {
        return Err(Refusal::SamePerson);
    }
    let reason = parse_reason(reason)?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        find(id, &mut tx, &acting).await?;
        let secret = tx.delete_totp(id).await?;
        if let Some(secret) = secret {
            tx.delete_sealed_secret(secret).await?;
        }
        let passkeys = tx.delete_passkeys(id).await?;
        if secret.is_none() && passkeys == 0 {
            return Err(Refusal::Conflict("This account has no second factor."));
        }
        tx.end_sessions_of(id, None, acting.now()).await?;
        let facts = json!({ "member": id, "totp": secret.is_some(), "passkeys": passkeys });
        let happening = Happening::in_college("factors_reset", facts).saying(Some(&reason));
        record(happening, (&caller).into(), &mut tx, &acting).await?;
        let told = "An admin of your college took away the second factors of your account.";
        tell(id, told, &mut tx, &acting).await?;
        Ok(tx.commit().await?)
    })
    .await
}
