//! Authenticator apps: time-based one-time passwords (RFC 6238), six digits every thirty seconds.

use std::sync::Arc;

use serde_json::json;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::recovery;
use crate::app::lockout;
use crate::app::notifications::notify;
use crate::app::record::{Happening, record};
use crate::app::session::method_words;
use crate::app::step_up::as_field;
use crate::app::{App, Refusal};
use crate::domain::authentication::Method;
use crate::domain::ids::MemberId;
use crate::domain::member::Caller;
use crate::keystore::SealedSecretRef;
use crate::portfolio::qr;
use crate::storage::{SealedSecretRow, TenantTx};

/// RFC 4226 §4, R6: 160 bits.
const SECRET_LENGTH: usize = 20;

/// What an authenticator app is told, once.
#[derive(Clone)]
pub struct Offer {
    /// Base32, to be typed.
    pub secret: String,
    /// `otpauth://totp/…`.
    pub otpauth: String,
    /// The same as a picture to be scanned, SVG.
    pub qr_svg: String,
}

/// Make a secret for the caller's authenticator app. Nothing is asked for before a first code confirms it.
///
/// # Errors
/// `Conflict` where there is an app.
pub async fn begin(caller: &Caller, app: &Arc<App>) -> Result<Offer, Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let secret = Zeroizing::new(hub.random_bytes()[..SECRET_LENGTH].to_vec());
        let id = hub.row_id();
        let now = hub.now();
        let mut tx = hub.database.tenant(caller.college).await?;
        let college = tx.own_college().await?;
        let member = tx.member(caller.member, now).await?.ok_or(Refusal::Unauthenticated)?;
        let before = tx.hold_totp(caller.member).await?;
        let sealed = hub.keystore.seal_secret(caller.college, id, &secret);
        let sealed = sealed.map_err(Refusal::internal)?;
        let row = SealedSecretRow {
            id,
            purpose: "totp".to_owned(),
            sealed: sealed.bytes,
            seal_version: i32::try_from(sealed.version).map_err(Refusal::internal)?,
        };
        tx.insert_sealed_secret(&row).await?;
        if !tx.insert_totp(caller.member, id, now).await? {
            return Err(Refusal::Conflict("You have an authenticator app: remove it first."));
        }
        if let Some(before) = before {
            tx.delete_sealed_secret(before.secret_id).await?;
        }
        tx.commit().await?;
        offer(&secret, &member.email, &college.name)
    })
    .await
}

/// Confirm the app with a first code; gives the recovery codes, shown here and never again.
///
/// # Errors
/// `Invalid` at `/code`; `NotFound` where no app was begun with; `Conflict` where it is confirmed; `RateLimited`.
pub async fn confirm(code: &str, caller: &Caller, app: &Arc<App>) -> Result<Vec<String>, Refusal> {
    let attempt = lockout::attempt_on_codes(caller.member, app).await?;
    let (hub, caller, code) = (app.clone(), caller.clone(), code.to_owned());
    app.act(async move {
        let session = caller.session.as_ref().ok_or(Refusal::Unauthenticated)?;
        let mut tx = hub.database.tenant(caller.college).await?;
        let begun = tx.hold_totp(caller.member).await?.ok_or(Refusal::NotFound)?;
        if begun.confirmed_at.is_some() {
            return Err(Refusal::Conflict("Your authenticator app is confirmed already."));
        }
        take(&code, caller.member, &mut tx, &hub).await.map_err(as_field)?;
        let codes = recovery::give(caller.member, &mut tx, &hub).await?;
        let mut methods = session.methods.clone();
        methods.retain(|method| *method != Method::Totp);
        methods.push(Method::Totp);
        tx.renew_session(session.id, &method_words(&methods), true, hub.now()).await?;
        let facts = json!({ "member": caller.member, "method": Method::Totp });
        record(Happening::in_college("factor_added", facts), (&caller).into(), &mut tx, &hub)
            .await?;
        tell(caller.member, "An authenticator app was added to your account.", &mut tx, &hub)
            .await?;
        tx.commit().await?;
        attempt.take_back(&hub).await?;
        Ok(codes)
    })
    .await
}

/// Take the caller's authenticator app away, and the recovery codes with it.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn remove(caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        let secret = tx.delete_totp(caller.member).await?.ok_or(Refusal::NotFound)?;
        tx.delete_sealed_secret(secret).await?;
        let facts = json!({ "member": caller.member, "method": Method::Totp });
        record(Happening::in_college("factor_removed", facts), (&caller).into(), &mut tx, &hub)
            .await?;
        tell(caller.member, "The authenticator app of your account was removed.", &mut tx, &hub)
            .await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Tell the owner of an account what became of it: somebody else may have done it.
pub(in crate::app) async fn tell(
    member: MemberId,
    what: &str,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let text = format!("{what} If it was not you: end all sessions and choose another password.");
    notify(member, "account_changed", text, None, tx, app).await
}

/// Take a code of a confirmed app.
pub(super) async fn check(
    code: &str,
    member: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let row = tx.hold_totp(member).await?;
    if row.is_none_or(|row| row.confirmed_at.is_none()) {
        return Err(Refusal::WrongFactor);
    }
    take(code, member, tx, app).await
}

/// A code of this time step, the one before or the one after; each step once (RFC 6238 §5.2).
async fn take(code: &str, member: MemberId, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    let now = app.now();
    let row = tx.hold_totp(member).await?.ok_or(Refusal::WrongFactor)?;
    let sealed = tx.sealed_secret(row.secret_id).await?;
    let sealed = sealed
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("an authenticator app has no secret")))?;
    let sealed = SealedSecretRef {
        college: tx.college(),
        id: sealed.id,
        bytes: &sealed.sealed,
        version: u32::try_from(sealed.seal_version).map_err(Refusal::internal)?,
    };
    let secret = app.keystore.open_secret(&sealed).map_err(Refusal::internal)?;
    let totp = Builder::new().with_secret(secret.to_vec()).build().map_err(Refusal::internal)?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).map_err(Refusal::internal)?;
    let step = totp.check(&digits, seconds).ok_or(Refusal::WrongFactor)?;
    let step = i64::try_from(step).map_err(Refusal::internal)?;
    if tx.take_totp_step(member, step, now).await? { Ok(()) } else { Err(Refusal::WrongFactor) }
}

fn offer(secret: &[u8], email: &str, college: &str) -> Result<Offer, Refusal> {
    // A colon would end the name (Key URI format).
    let plain = |text: &str| text.replace(':', " ");
    let totp: Totp = Builder::new()
        .with_secret(secret.to_vec())
        .with_account_name(plain(email))
        .with_issuer(Some(plain(college)))
        .build()
        .map_err(Refusal::internal)?;
    let otpauth = totp.to_url().map_err(Refusal::internal)?;
    let qr_svg = qr::svg(&otpauth).map_err(Refusal::internal)?;
    Ok(Offer { secret: totp.secret().to_base32(), otpauth, qr_svg })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_told_the_secret_the_account_and_the_college() {
        let offer = offer(&[7; SECRET_LENGTH], "a@b.example", "College: of Arts").unwrap();
        assert_eq!(offer.secret, "A4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYH");
        assert!(offer.otpauth.starts_with("otpauth://totp/College%20"), "{}", offer.otpauth);
        assert!(offer.otpauth.contains("secret=A4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYH"));
        assert!(offer.qr_svg.starts_with("<svg"));
    }
}
