//! Sessions: a short access token, and a refresh token that is used once.

use std::sync::Arc;

use chrono::Duration;
use serde_json::json;

use super::access_token::{self, Bearer};
use super::authenticate::word;
use super::lockout::Visit;
use super::one_time::{Secret, digest};
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::authentication::{Method, device_words};
use crate::domain::ids::{MemberId, SessionId};
use crate::domain::member::{Caller, MemberState};
use crate::storage::{NewRefreshToken, NewSession, RefreshTokenRow, SessionRow, TenantTx};

/// How long a refresh token holds, counted anew with each exchange.
pub const REFRESH_LIFETIME: Duration = Duration::days(30);

/// What a client holds after a log-in or a refresh.
#[derive(Clone, Debug)]
pub struct Session {
    /// Access token.
    pub access: String,
    /// Seconds that it holds.
    pub expires_in: i64,
    /// To be exchanged once.
    pub refresh: Secret,
}

/// Exchange a refresh token.
///
/// A client that lost the answer may present its token again while the successor is unused: that one
/// dies and another is made. Any other second use means that two hold the token, and ends the family.
///
/// # Errors
/// `Unauthenticated` for a token that does not hold.
pub async fn refresh(token: String, app: &Arc<App>) -> Result<Session, Refusal> {
    let acting = app.clone();
    // The end of a family is kept although the answer is a refusal.
    app.act(async move { exchange(&token, &acting).await }).await?.ok_or(Refusal::Unauthenticated)
}

/// End the session of a refresh token; one that does not hold is ended already.
pub async fn log_out(token: String, app: &Arc<App>) -> Result<(), Refusal> {
    let acting = app.clone();
    app.act(async move { end(&token, &acting).await }).await
}

/// The caller's sessions that are alive, the last used first.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<SessionRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.live_sessions(caller.member, app.now()).await?;
    tx.commit().await?;
    Ok(rows)
}

/// End one of the caller's sessions. Its tokens open nothing from then on, those already handed out included.
pub async fn end_one(id: SessionId, caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        if !tx.owns_session(id, caller.member).await? {
            return Err(Refusal::NotFound);
        }
        tx.end_session(id, hub.now()).await?;
        let happening = Happening::in_college("session_ended", json!({ "member": caller.member }));
        record(happening, (&caller).into(), &mut tx, &hub).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// End every session of the caller, or every other one.
pub async fn end_all(others_only: bool, caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let this = caller.session.as_ref().map(|session| session.id).filter(|_| others_only);
        let mut tx = hub.database.tenant(caller.college).await?;
        tx.end_sessions_of(caller.member, this, hub.now()).await?;
        let facts = json!({ "member": caller.member, "others_only": others_only });
        record(Happening::in_college("sessions_ended", facts), (&caller).into(), &mut tx, &hub)
            .await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// A session of its own, inside the log-in's transaction.
pub(super) async fn begin(
    bearer: Bearer,
    methods: &[Method],
    visit: &Visit,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Session, Refusal> {
    let id = SessionId(app.row_id());
    let new = NewSession {
        id,
        member: bearer.member,
        client: visit.client.clone(),
        device: device_words(&visit.agent),
        methods: method_words(methods),
        second_factor: methods.iter().any(|method| method.is_second_factor()),
        now: app.now(),
    };
    tx.insert_session(&new).await?;
    issue(bearer, Lineage { session: id, parent: None, client: &visit.client }, tx, app).await
}

/// As they are stored.
pub(super) fn method_words(methods: &[Method]) -> Vec<String> {
    methods.iter().map(|method| method.as_str().to_owned()).collect()
}

struct Lineage<'a> {
    session: SessionId,
    parent: Option<[u8; 32]>,
    client: &'a str,
}

async fn exchange(token: &str, app: &App) -> Result<Option<Session>, Refusal> {
    let hash = digest(token);
    let now = app.now();
    let Some(college) = app.database.college_of_refresh_token(&hash).await? else {
        return Ok(None);
    };
    let mut tx = app.database.tenant(college).await?;
    let row = match tx.consume_refresh_token(&hash, now).await? {
        Some(row) => row,
        None => match retry(&hash, &mut tx, app).await? {
            Some(row) => row,
            None => {
                tx.commit().await?;
                return Ok(None);
            }
        },
    };
    let bearer = Bearer { member: MemberId(row.member_id), college };
    let id = SessionId(row.family_id);
    if !tx.touch_session(id, now).await? || !may_stay(bearer, &mut tx, app).await? {
        tx.end_session(id, now).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let lineage = Lineage { session: id, parent: Some(hash), client: &row.client };
    let session = issue(bearer, lineage, &mut tx, app).await?;
    tx.commit().await?;
    Ok(Some(session))
}

/// A token that could not be consumed: its row where the answer was lost on the way, else nothing, and the family ends.
async fn retry(
    hash: &[u8; 32],
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<RefreshTokenRow>, Refusal> {
    let now = app.now();
    let Some(row) = tx.lock_refresh_token(hash).await? else { return Ok(None) };
    if row.expires_at <= now {
        return Ok(None);
    }
    let lost = row.consumed_at.is_some() && row.revoked_at.is_none();
    if lost && tx.revoke_unused_successor(hash, now).await? {
        return Ok(Some(row));
    }
    tracing::warn!(family = %row.family_id, college = %tx.college(), "a refresh token was used a second time; its session has ended");
    tx.end_session(SessionId(row.family_id), now).await?;
    Ok(None)
}

async fn may_stay(bearer: Bearer, tx: &mut TenantTx, app: &App) -> Result<bool, Refusal> {
    let rows = tx.caller(bearer.member, app.now()).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    Ok(row.college_state == "active"
        && word::<MemberState>(&row.state)? != MemberState::Deactivated)
}

async fn issue(
    bearer: Bearer,
    lineage: Lineage<'_>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Session, Refusal> {
    let now = app.now();
    let refresh = Secret::draw(app);
    let row = NewRefreshToken {
        hash: refresh.hash(),
        family: lineage.session.0,
        member: bearer.member,
        parent: lineage.parent,
        client: lineage.client.to_owned(),
        issued_at: now,
        expires_at: now + REFRESH_LIFETIME,
    };
    tx.insert_refresh_token(&row).await?;
    let access = app.access_tokens.mint(bearer, lineage.session, &app.keystore, now)?;
    Ok(Session { access, expires_in: access_token::LIFETIME.num_seconds(), refresh })
}

async fn end(token: &str, app: &App) -> Result<(), Refusal> {
    let hash = digest(token);
    let Some(college) = app.database.college_of_refresh_token(&hash).await? else { return Ok(()) };
    let mut tx = app.database.tenant(college).await?;
    if let Some(row) = tx.lock_refresh_token(&hash).await? {
        tx.end_session(SessionId(row.family_id), app.now()).await?;
    }
    Ok(tx.commit().await?)
}
