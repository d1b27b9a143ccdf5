//! A forgotten password: a mailed link, used once.

use std::sync::Arc;

use super::authenticate::word;
use super::one_time::{self, Purpose, digest, spent};
use super::record::{Actor, Happening, enqueue, record};
use super::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::job::Job;
use crate::domain::letter::Letter;
use crate::domain::member::MemberState;
use crate::domain::text::{Email, NewPassword};
use crate::storage::{LoginRow, TenantTx};

/// Mail a link to every account of an address, or to the one of a college.
///
/// Returns at once and says nothing: how long the work takes would tell whether there is an account.
pub fn request_reset(email: &str, college: Option<String>, app: &Arc<App>) {
    let Ok(email) = Email::parse(email) else { return };
    let acting = app.clone();
    let act = async move { mail_links(&email, college.as_deref(), &acting).await };
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = app.act(act).await {
            tracing::error!(
                error = format!("{:#}", anyhow::Error::from(error)),
                "a link for a new password was not mailed"
            );
        }
    });
}

/// Set a new password; every session of the account ends.
///
/// # Errors
/// `Invalid` at `/password` or `/token`.
pub async fn reset_password(token: String, password: &str, app: &Arc<App>) -> Result<(), Refusal> {
    let mut errors = FieldErrors::default();
    let Some(password) = errors.take("password", NewPassword::parse(password)) else {
        return Err(errors.into());
    };
    let (college, _) =
        one_time::find(Purpose::ResetPassword, &token, app).await?.ok_or_else(spent)?;
    let hash = app.passwords.hash(password.reveal().to_owned()).await?;
    let acting = app.clone();
    app.act(async move { replace_password(&token, college, &hash, &acting).await }).await
}

async fn mail_links(email: &Email, college: Option<&str>, app: &App) -> Result<(), Refusal> {
    let logins = app.database.logins(&email.key()).await?;
    let wanted = |login: &&LoginRow| {
        login.college_state == "active" && college.is_none_or(|slug| slug == login.slug)
    };
    for login in logins.iter().filter(wanted) {
        mail_link(login, app).await?;
    }
    Ok(())
}

async fn mail_link(login: &LoginRow, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(CollegeId(login.college_id)).await?;
    mail_link_in(MemberId(login.member_id), &mut tx, app).await?;
    Ok(tx.commit().await?)
}

/// Mail a link to the address of a member; false where there is nobody who could use it.
pub(super) async fn mail_link_in(
    id: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<bool, Refusal> {
    let Some(member) = tx.member(id, app.now()).await? else { return Ok(false) };
    match word::<MemberState>(&member.state)? {
        MemberState::EmailUnverified | MemberState::Deactivated => return Ok(false),
        MemberState::Unconfirmed | MemberState::Confirmed | MemberState::Alumnus => {}
    }
    let secret = one_time::hand_out(Purpose::ResetPassword, id.0, tx, app).await?;
    let letter = Letter::ResetPassword {
        name: member.full_name,
        college: tx.own_college().await?.name,
        link: Purpose::ResetPassword.link(&secret, app),
        hours: Purpose::ResetPassword.hours(),
    };
    let language = word(&member.language)?;
    enqueue(&Job::SendMail { to: member.email, language, letter }, tx, app).await?;
    Ok(true)
}

async fn replace_password(
    token: &str,
    college: CollegeId,
    hash: &str,
    app: &App,
) -> Result<(), Refusal> {
    let now = app.now();
    let mut tx = app.database.tenant(college).await?;
    let subject =
        tx.consume_one_time_token(&digest(token), Purpose::ResetPassword.as_str(), now).await?;
    let id = MemberId(subject.ok_or_else(spent)?);
    tx.set_password(id, hash).await?;
    tx.end_sessions_of(id, None, now).await?;
    let happening = Happening::in_college("password_reset", serde_json::json!({ "member": id }));
    record(happening, Actor { member: Some(id), role: None }, &mut tx, app).await?;
    Ok(tx.commit().await?)
}
