//! Software that issues for a college: its admins make the accounts, show the token once and take it back.

use std::sync::Arc;

use serde_json::json;

use super::one_time::{Secret, digest};
use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::ids::{CollegeId, ServiceAccountId};
use crate::domain::member::Caller;
use crate::domain::text::line;
use crate::storage::ServiceAccountRow;

/// What every token begins with, so that one that leaked is recognised.
const PREFIX: &str = "hub_sa_";

/// Software that showed a token which opens something. Made by [`authenticate`] only.
#[derive(Clone, Copy, Debug)]
pub struct ServiceAccount {
    id: ServiceAccountId,
    college: CollegeId,
}

impl ServiceAccount {
    /// The account.
    pub fn id(&self) -> ServiceAccountId {
        self.id
    }

    /// The college it issues for.
    pub fn college(&self) -> CollegeId {
        self.college
    }
}

/// The account behind a token; nobody where the token is unknown or revoked, or the college suspended.
pub async fn authenticate(token: &str, app: &App) -> Result<ServiceAccount, Refusal> {
    let college = college_of(token).ok_or(Refusal::Unauthenticated)?;
    let mut tx = app.database.tenant(college).await?;
    let id = tx.use_service_token(&digest(token), app.now()).await?;
    let id = id.ok_or(Refusal::Unauthenticated)?;
    if tx.own_college().await?.state != "active" {
        return Err(Refusal::Unauthenticated);
    }
    tx.commit().await?;
    Ok(ServiceAccount { id, college })
}

/// Every account of the caller's college, newest first.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<ServiceAccountRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.service_accounts().await?;
    tx.commit().await?;
    Ok(rows)
}

/// Make an account; the token is shown here and never again.
pub async fn create(
    name: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(ServiceAccountRow, String), Refusal> {
    let name = line(name, 1, 100)
        .map_err(|error| Refusal::field("name", error.code(), error.to_string()))?;
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let id = ServiceAccountId(hub.row_id());
        let now = hub.now();
        let token =
            format!("{PREFIX}{}_{}", caller.college.0.simple(), Secret::draw(&hub).reveal());
        let mut tx = hub.database.tenant(caller.college).await?;
        tx.insert_service_account(id, &name, &digest(&token), caller.member, now).await?;
        let happening = Happening::in_college("service_account_created", json!({ "account": id }));
        record(happening, (&caller).into(), &mut tx, &hub).await?;
        tx.commit().await?;
        let row = ServiceAccountRow {
            id: id.0,
            name,
            created_at: now,
            last_used_at: None,
            revoked_at: None,
        };
        Ok((row, token))
    })
    .await
}

/// Take the token of an account back, for good. What it had issued stays valid.
pub async fn revoke(id: ServiceAccountId, caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        if !tx.revoke_service_account(id, caller.member, hub.now()).await? {
            return Err(Refusal::NotFound);
        }
        let happening = Happening::in_college("service_account_revoked", json!({ "account": id }));
        record(happening, (&caller).into(), &mut tx, &hub).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// The college that a token names; the rest of it decides whether that is true.
fn college_of(token: &str) -> Option<CollegeId> {
    let (college, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    (!secret.is_empty()).then(|| college.parse().ok()).flatten()
}
