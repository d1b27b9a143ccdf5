//! The caller's own account.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::review::scope;
use super::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::member::{Caller, Language, Permission};
use crate::domain::text;
use crate::storage::{CollegeRow, GrantRow, MemberRow, TenantTx};

/// Everything the app's frame shows about the caller.
#[derive(Clone, Debug)]
pub struct Me {
    /// The member.
    pub member: MemberRow,
    /// Their college.
    pub college: CollegeRow,
    /// Roles in force.
    pub grants: Vec<GrantRow>,
    /// Rights.
    pub permissions: Vec<Permission>,
    /// Items that wait for their decision, at most 100.
    pub waiting_for_review: i64,
    /// Own achievements that need them.
    pub needs_me: i64,
    /// Notices not read, at most 100.
    pub unread_notifications: i64,
}

/// What somebody may change about themselves; nothing where left out.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The name in its own script; `Some(None)` takes it away.
    pub full_name_native: Option<Option<String>>,
    /// What they read.
    pub language: Option<Language>,
}

/// The caller's account.
pub async fn me(caller: &Caller, app: &App) -> Result<Me, Refusal> {
    let college = app.database.college(caller.college).await?;
    let now = app.now();
    let mut tx = app.database.tenant(caller.college).await?;
    let me = Me {
        member: tx.member(caller.member, now).await?.ok_or(Refusal::Unauthenticated)?,
        college,
        grants: tx.grants(caller.member, now).await?,
        permissions: caller.permissions(),
        waiting_for_review: waiting(caller, now, &mut tx).await?,
        needs_me: if caller.student { tx.count_needing(caller.member).await? } else { 0 },
        unread_notifications: tx.count_unread(caller.member).await?,
    };
    tx.commit().await?;
    Ok(me)
}

/// Change one's own account.
///
/// # Errors
/// `Invalid` at `/full_name_native`.
pub async fn change_profile(
    change: ProfileChange,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<Me, Refusal> {
    let mut errors = FieldErrors::default();
    let parse = |typed: Option<String>| {
        errors.take("full_name_native", text::optional_line(typed.as_deref(), 120)).flatten()
    };
    let native = change.full_name_native.map(parse);
    let (native, acting, person) = (errors.or(native)?, app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(person.college).await?;
        let member =
            tx.member(person.member, acting.now()).await?.ok_or(Refusal::Unauthenticated)?;
        let native = native.unwrap_or(member.full_name_native);
        let language = change.language.unwrap_or(person.language);
        tx.update_profile(person.member, native.as_deref(), language.as_str()).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    me(caller, app).await
}

async fn waiting(caller: &Caller, now: DateTime<Utc>, tx: &mut TenantTx) -> Result<i64, Refusal> {
    let Some(reviewer) = caller.as_reviewer() else { return Ok(0) };
    let stats = tx.queue_stats(&scope(&reviewer), caller.member, now).await?;
    Ok(stats.by_category.iter().map(|(_, _, count)| count).sum())
}
