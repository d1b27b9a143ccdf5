//! Who is behind a token, now.

use super::access_token::Bearer;
use super::grants::scope_of;
use super::{App, Refusal};
use crate::domain::authentication::LiveSession;
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::{Caller, Delegated, Grant, Language, MemberState, Role};
use crate::storage::CallerRow;

/// The caller behind an access token. Session and roles are read each time: what ended, ended.
pub async fn authenticate(token: &str, app: &App) -> Result<Caller, Refusal> {
    let checked = app.access_tokens.check(token, app.now());
    let (bearer, id) = checked.ok_or(Refusal::Unauthenticated)?;
    let mut tx = app.database.tenant(bearer.college).await?;
    let session = tx.live_session(id, bearer.member).await?.ok_or(Refusal::Unauthenticated)?;
    let rows = tx.caller(bearer.member, app.now()).await?;
    tx.commit().await?;
    let live = LiveSession {
        id,
        authenticated_at: session.authenticated_at,
        methods: session.methods.iter().map(|method| word(method)).collect::<Result<_, _>>()?,
        second_factor: session.second_factor,
    };
    let caller = caller(bearer.member, bearer.college, &rows)?;
    Ok(caller.within(live, session.staff_second_factor))
}

/// The caller as the college's records have them now, outside of any session.
pub async fn load(bearer: Bearer, app: &App) -> Result<Caller, Refusal> {
    let mut tx = app.database.tenant(bearer.college).await?;
    let rows = tx.caller(bearer.member, app.now()).await?;
    tx.commit().await?;
    caller(bearer.member, bearer.college, &rows)
}

/// The person that these rows speak of, one row for each grant.
pub(crate) fn caller(
    member: MemberId,
    college: CollegeId,
    rows: &[CallerRow],
) -> Result<Caller, Refusal> {
    let first = rows.first().ok_or(Refusal::Unauthenticated)?;
    let state: MemberState = word(&first.state)?;
    if state == MemberState::Deactivated || first.college_state != "active" {
        return Err(Refusal::Unauthenticated);
    }
    let (mut grants, mut delegated) = (Vec::new(), Vec::new());
    for row in rows {
        match (grant(row)?, row.lent_by) {
            (Some(grant), None) => grants.push(grant),
            (Some(grant), Some(from)) => delegated.push(Delegated { from: from.into(), grant }),
            (None, _) => {}
        }
    }
    Ok(Caller {
        member,
        college,
        state,
        student: first.student,
        department: first.department_id.map(Into::into),
        language: word::<Language>(&first.language)?,
        grants,
        delegated,
        onlooker: None,
        session: None,
        second_factor_due: false,
    })
}

fn grant(row: &CallerRow) -> Result<Option<Grant>, Refusal> {
    let Some(role) = &row.role else { return Ok(None) };
    Ok(Some(Grant {
        role: word::<Role>(role)?,
        scope: scope_of(row.scope_kind.as_deref().unwrap_or_default(), row.scope_id)?,
        may_revoke: row.may_revoke.unwrap_or(false),
    }))
}

/// A word of the database as the value it stands for; the CHECK constraints hold the same lists.
pub(crate) fn word<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
) -> Result<T, Refusal> {
    text.parse().map_err(Refusal::internal)
}
