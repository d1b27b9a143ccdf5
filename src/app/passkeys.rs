//! Passkeys (W3C Web Authentication Level 3): registered, listed, and shown at a log-in, as a second factor or for a
//! step-up. User verification is always required, so that a passkey alone is two factors.

mod ceremony;

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

pub(in crate::app) use ceremony::{Purpose, check, open_relying_party, relying_party};

use super::access_token::Bearer;
use super::authenticate::word;
use super::lockout::Visit;
use super::log_in::{LoggedIn, enter};
use super::one_time::{Secret, digest};
use super::record::{Happening, record};
use super::second_factor::{totp, waiting};
use super::{App, Refusal};
use crate::domain::authentication::Method;
use crate::domain::ids::{CollegeId, MemberId, PasskeyId};
use crate::domain::member::{Caller, MemberState};
use crate::domain::text::{self, Email};
use crate::storage::PasskeyRow;

/// Most passkeys of one member.
const MOST: usize = 20;

/// What a browser is asked, and the token that goes back with its answer.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// Once, within five minutes.
    pub token: Secret,
    /// For `navigator.credentials`, as WebAuthn §5.1.8 reads it from JSON.
    pub options: Value,
}

/// The caller's passkeys, oldest first.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<PasskeyRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.passkeys(caller.member).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Begin to register a passkey.
///
/// # Errors
/// `Conflict` where there are too many, or the hub has no host name.
pub async fn begin_registration(caller: &Caller, app: &App) -> Result<Ceremony, Refusal> {
    let party = relying_party(app)?;
    let mut tx = app.database.tenant(caller.college).await?;
    let member = tx.member(caller.member, app.now()).await?.ok_or(Refusal::Unauthenticated)?;
    let known = ceremony::read_all(&tx.passkeys(caller.member).await?)?;
    tx.commit().await?;
    if known.len() >= MOST {
        return Err(Refusal::Conflict("You have many passkeys already: remove one first."));
    }
    let exclude = known.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let (options, state) = party
        .start_passkey_registration(
            caller.member.0,
            &member.email,
            &member.full_name,
            Some(exclude),
        )
        .map_err(Refusal::internal)?;
    let mut options = serde_json::to_value(options).map_err(Refusal::internal)?;
    // One that its device finds by itself opens the account without an address.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("preferred");
    let state = serde_json::to_value(state).map_err(Refusal::internal)?;
    let token = ceremony::keep(Purpose::Registration, Some(caller.into()), state, app).await?;
    Ok(Ceremony { token, options })
}

/// Register the passkey that the browser made.
///
/// # Errors
/// `Invalid` at `/name` or `/credential`; `Unauthenticated` where the ceremony is over.
pub async fn register(
    ceremony: &str,
    name: &str,
    credential: Value,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<PasskeyRow, Refusal> {
    let name = parse_name(name)?;
    let credential: RegisterPublicKeyCredential =
        serde_json::from_value(credential).map_err(|_| unreadable())?;
    let state = ceremony::take(Purpose::Registration, ceremony, caller.into(), app).await?;
    let state: PasskeyRegistration = serde_json::from_value(state).map_err(Refusal::internal)?;
    let passkey = relying_party(app)?.finish_passkey_registration(&credential, &state);
    let passkey = passkey.map_err(|error| {
        tracing::info!(%error, "a passkey was not registered");
        Refusal::field("credential", "not_valid", "The passkey could not be checked.")
    })?;
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move { keep(name, &passkey, &caller, &hub).await }).await
}

/// Call one of the caller's passkeys something else.
pub async fn rename(
    id: PasskeyId,
    name: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    let name = parse_name(name)?;
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        if !tx.rename_passkey(id, caller.member, &name).await? {
            return Err(Refusal::NotFound);
        }
        Ok(tx.commit().await?)
    })
    .await
}

/// Remove one of the caller's passkeys.
pub async fn remove(id: PasskeyId, caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        if !tx.delete_passkey(id, caller.member).await? {
            return Err(Refusal::NotFound);
        }
        let facts = json!({ "member": caller.member, "method": Method::Passkey });
        record(Happening::in_college("factor_removed", facts), (&caller).into(), &mut tx, &hub)
            .await?;
        totp::tell(caller.member, "A passkey of your account was removed.", &mut tx, &hub).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Begin to log in with a passkey: with any that the device finds, or with those of an address.
///
/// An address without passkeys gets the name of one that nobody has: the answer does not tell who has an account.
pub async fn begin_log_in(
    email: Option<&str>,
    college: Option<&str>,
    app: &App,
) -> Result<Ceremony, Refusal> {
    let allowed = match email {
        Some(email) => Some(credentials_of(email, college, app).await?),
        None => None,
    };
    ceremony::begin(Purpose::LogIn, None, allowed, app).await
}

/// Log in with a passkey.
///
/// # Errors
/// `WrongFactor`; `Unauthenticated` where the ceremony is over; `NotConfirmed` for an account that cannot be used.
pub async fn log_in(
    ceremony: &str,
    credential: Value,
    visit: Visit,
    app: &Arc<App>,
) -> Result<LoggedIn, Refusal> {
    let answer = ceremony::read_answer(credential)?;
    let found = app.database.college_of_passkey(&digest_of(answer.get_credential_id())).await?;
    let (college, id) = found.ok_or(Refusal::WrongFactor)?;
    let hash = digest(ceremony);
    let row = app.database.take_challenge(&hash, Purpose::LogIn.as_str(), app.now()).await?;
    let state = row.ok_or(Refusal::Unauthenticated)?.state;
    let mut tx = app.database.tenant(college).await?;
    let member = ceremony::verify(&answer, state, id, &mut tx, app).await?;
    tx.commit().await?;
    enter(Bearer { member, college }, vec![Method::Passkey], visit, app).await
}

/// Begin to show a passkey as the second factor of a log-in.
pub async fn begin_second_factor(token: &str, app: &App) -> Result<Ceremony, Refusal> {
    let (bearer, _) = waiting(token, app).await?;
    begin_for(Purpose::SecondFactor, bearer, app).await
}

/// Begin to show a passkey for a step-up.
pub async fn begin_step_up(caller: &Caller, app: &App) -> Result<Ceremony, Refusal> {
    begin_for(Purpose::StepUp, caller.into(), app).await
}

async fn begin_for(purpose: Purpose, bearer: Bearer, app: &App) -> Result<Ceremony, Refusal> {
    let mut tx = app.database.tenant(bearer.college).await?;
    let known = ceremony::read_all(&tx.passkeys(bearer.member).await?)?;
    tx.commit().await?;
    if known.is_empty() {
        return Err(Refusal::NotFound);
    }
    ceremony::begin(purpose, Some(bearer), Some(ids(&known)), app).await
}

async fn keep(
    name: String,
    passkey: &Passkey,
    caller: &Caller,
    app: &App,
) -> Result<PasskeyRow, Refusal> {
    let session = caller.session.as_ref().ok_or(Refusal::Unauthenticated)?;
    let now = app.now();
    let row = PasskeyRow {
        id: app.row_id(),
        member_id: caller.member.0,
        name,
        passkey: serde_json::to_value(passkey).map_err(Refusal::internal)?,
        created_at: now,
        last_used_at: None,
    };
    let mut tx = app.database.tenant(caller.college).await?;
    let id: &[u8] = passkey.cred_id();
    if !tx.insert_passkey(&row, id, &digest_of(id)).await? {
        return Err(Refusal::Conflict("This passkey opens an account already."));
    }
    // Its owner held the device, with finger, face or PIN, a moment ago.
    tx.renew_session(session.id, &[Method::Passkey.as_str().to_owned()], true, now).await?;
    let facts = json!({ "member": caller.member, "method": Method::Passkey });
    record(Happening::in_college("factor_added", facts), caller.into(), &mut tx, app).await?;
    totp::tell(caller.member, "A passkey was added to your account.", &mut tx, app).await?;
    tx.commit().await?;
    Ok(row)
}

/// The credential ids of an address, or of nobody: the same ones each time.
async fn credentials_of(
    email: &str,
    college: Option<&str>,
    app: &App,
) -> Result<Vec<Vec<u8>>, Refusal> {
    let key = Email::parse(email).map(|email| email.key()).unwrap_or_default();
    let mut found = Vec::new();
    for login in app.database.logins(&key).await? {
        if college.is_some_and(|slug| slug != login.slug) || login.college_state != "active" {
            continue;
        }
        let mut tx = app.database.tenant(CollegeId(login.college_id)).await?;
        let member = tx.member(MemberId(login.member_id), app.now()).await?;
        let rows = tx.passkeys(MemberId(login.member_id)).await?;
        tx.commit().await?;
        let state = member.map(|member| word::<MemberState>(&member.state)).transpose()?;
        if state.is_some_and(|state| state != MemberState::Deactivated) {
            found.extend(ids(&ceremony::read_all(&rows)?));
        }
    }
    if found.is_empty() {
        found.push(app.access_tokens.decoy(&key, &app.keystore)?.to_vec());
    }
    Ok(found)
}

fn ids(passkeys: &[Passkey]) -> Vec<Vec<u8>> {
    passkeys.iter().map(|passkey| passkey.cred_id().to_vec()).collect()
}

fn digest_of(credential_id: &[u8]) -> [u8; 32] {
    Sha256::digest(credential_id).into()
}

fn parse_name(name: &str) -> Result<String, Refusal> {
    text::line(name, 1, 60).map_err(|error| Refusal::field("name", error.code(), error.to_string()))
}

fn unreadable() -> Refusal {
    Refusal::field("credential", "malformed", "This is not what a browser answers.")
}

impl From<&Caller> for Bearer {
    fn from(caller: &Caller) -> Self {
        Self { member: caller.member, college: caller.college }
    }
}
