//! A college's own log-in: who comes back from it, and who that is here.

mod account;
pub mod provider;

use std::sync::Arc;

use chrono::Duration;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::access_token::Bearer;
use super::lockout::Visit;
use super::log_in::{LoggedIn, enter};
use super::one_time::{Secret, digest};
use super::{App, Refusal};
use crate::domain::authentication::Method;
use crate::domain::ids::CollegeId;
use crate::oidc::{Answer, OidcError};
use crate::storage::NewChallenge;

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::minutes(10);
/// The purpose of the challenge.
const PURPOSE: &str = "oidc";

/// Somebody is sent to their college's log-in.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Where to.
    pub url: String,
    /// For a cookie of the browser that leaves: whoever comes back has to be the same.
    pub state: Secret,
}

/// What is kept while somebody is at the provider.
#[derive(Serialize, Deserialize)]
struct Kept {
    issuer: String,
    nonce: String,
    verifier: String,
    consent: Option<String>,
}

/// Send somebody to the log-in of their college. `consent` is the version of the text they agreed to, for whoever has
/// no account yet.
///
/// # Errors
/// `NotFound` where the college has no log-in of its own; `Busy` where it does not answer.
pub async fn begin(
    slug: &str,
    consent: Option<String>,
    app: &Arc<App>,
) -> Result<Departure, Refusal> {
    let college = app.database.find_college(slug).await?;
    let college = college.filter(|college| college.state == "active").ok_or(Refusal::NotFound)?;
    let college = CollegeId(college.id);
    let (row, provider) = provider::enabled(college, app).await?.ok_or(Refusal::NotFound)?;
    let state = Secret::draw(app);
    let begun = app.relying_party.begin(provider, state.reveal().to_owned()).await;
    let begun = begun.map_err(|error| unreachable(college, &error))?;
    let kept = Kept { issuer: row.issuer, nonce: begun.nonce, verifier: begun.verifier, consent };
    let new = NewChallenge {
        hash: state.hash(),
        purpose: PURPOSE,
        college: Some(college.0),
        member: None,
        session: None,
        state: serde_json::to_value(kept).map_err(Refusal::internal)?,
        expires_at: app.now() + PATIENCE,
    };
    app.database.insert_challenge(&new).await?;
    Ok(Departure { url: begun.url.into(), state })
}

/// Let somebody in who came back with a code.
///
/// # Errors
/// `Unauthenticated` where they did not leave from this browser, or too long ago, or the provider does not vouch for
/// them; `NotConfirmed` for somebody whom the college does not know; `SecondFactorRequired`.
pub async fn finish(
    state: &str,
    cookie: Option<&str>,
    code: String,
    visit: Visit,
    app: &Arc<App>,
) -> Result<LoggedIn, Refusal> {
    // Somebody else's way back, slipped under this browser, would log its owner in as them (RFC 6749 §10.12).
    let same = cookie.is_some_and(|cookie| bool::from(cookie.as_bytes().ct_eq(state.as_bytes())));
    if !same {
        return Err(Refusal::Unauthenticated);
    }
    let row = app.database.take_challenge(&digest(state), PURPOSE, app.now()).await?;
    let row = row.ok_or(Refusal::Unauthenticated)?;
    let kept: Kept = serde_json::from_value(row.state).map_err(Refusal::internal)?;
    let college = CollegeId(row.college_id.ok_or(Refusal::Unauthenticated)?);
    let (settings, provider) = provider::enabled(college, app).await?.ok_or(Refusal::NotFound)?;
    if settings.issuer != kept.issuer {
        // The college changed its log-in meanwhile: a code of the one is none of the other (RFC 9700 §4.4).
        return Err(Refusal::Unauthenticated);
    }
    let answer = Answer { code, nonce: kept.nonce, verifier: kept.verifier };
    let identity = app
        .relying_party
        .finish(provider, answer, settings.email_claim.clone(), app.now())
        .await
        .map_err(|error| match error {
            OidcError::Address(_) | OidcError::Discovery(_) => unreachable(college, &error),
            OidcError::Exchange(_) | OidcError::IdToken(_) | OidcError::UserInfo(_) => {
                tracing::warn!(%college, %error, "a college's log-in vouched for nobody");
                Refusal::Unauthenticated
            }
        })?;
    let (hub, consent) = (app.clone(), kept.consent);
    let member = app
        .act(async move {
            account::find_or_open(&identity, &settings, consent.as_deref(), college, &hub).await
        })
        .await?;
    enter(Bearer { member, college }, vec![Method::Oidc], visit, app).await
}

fn unreachable(college: CollegeId, error: &OidcError) -> Refusal {
    tracing::warn!(%college, %error, "a college's log-in cannot be used");
    Refusal::Busy
}
