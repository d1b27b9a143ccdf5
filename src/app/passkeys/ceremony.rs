//! One ceremony: a challenge, kept until it is answered, and the check of the answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

use super::{Ceremony, digest_of, unreadable};
use crate::app::access_token::Bearer;
use crate::app::one_time::{Secret, digest};
use crate::app::{App, PublicUrl, Refusal};
use crate::domain::ids::{CollegeId, MemberId, PasskeyId};
use crate::storage::{NewChallenge, PasskeyRow, TenantTx};

/// How long a browser may take.
const PATIENCE: Duration = Duration::minutes(5);

/// What a ceremony is for: an answer to another one is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Purpose {
    /// A new passkey.
    Registration,
    /// A log-in with nothing else.
    LogIn,
    /// After a password.
    SecondFactor,
    /// Before a weighty act.
    StepUp,
}

impl Purpose {
    /// The word it is stored under.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "passkey_registration",
            Self::LogIn => "passkey_log_in",
            Self::SecondFactor => "passkey_second_factor",
            Self::StepUp => "passkey_step_up",
        }
    }
}

/// Passkeys belong to a host name (WebAuthn §5.1.2): a hub that is reached by a number has none.
pub(in crate::app) fn open_relying_party(here: &PublicUrl) -> Option<Webauthn> {
    let origin = Url::parse(here.as_str()).ok()?;
    let host = origin.domain()?.to_owned();
    let builder = WebauthnBuilder::new(&host, &origin).ok()?;
    builder.rp_name("Smart Student Hub").build().ok()
}

/// The relying party of this hub.
pub(in crate::app) fn relying_party(app: &App) -> Result<&Webauthn, Refusal> {
    app.webauthn
        .as_ref()
        .ok_or(Refusal::Conflict("Passkeys need a host name, and this hub is reached by a number."))
}

/// Ask for a passkey: any that the device finds, or one of these.
pub(super) async fn begin(
    purpose: Purpose,
    bearer: Option<Bearer>,
    allowed: Option<Vec<Vec<u8>>>,
    app: &App,
) -> Result<Ceremony, Refusal> {
    let started = relying_party(app)?.start_discoverable_authentication();
    let (options, state) = started.map_err(Refusal::internal)?;
    let mut options = serde_json::to_value(options).map_err(Refusal::internal)?;
    if let Some(allowed) = allowed {
        let named = allowed
            .iter()
            .map(|id| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) }));
        options["publicKey"]["allowCredentials"] = named.collect();
        options.as_object_mut().map(|options| options.remove("mediation"));
    }
    let state = serde_json::to_value(state).map_err(Refusal::internal)?;
    Ok(Ceremony { token: keep(purpose, bearer, state, app).await?, options })
}

/// Keep the state of a ceremony; gives its token.
pub(super) async fn keep(
    purpose: Purpose,
    bearer: Option<Bearer>,
    state: Value,
    app: &App,
) -> Result<Secret, Refusal> {
    let token = Secret::draw(app);
    let new = NewChallenge {
        hash: token.hash(),
        purpose: purpose.as_str(),
        college: bearer.map(|bearer| bearer.college.0),
        member: bearer.map(|bearer| bearer.member.0),
        session: None,
        state,
        expires_at: app.now() + PATIENCE,
    };
    app.database.insert_challenge(&new).await?;
    Ok(token)
}

/// The state of a ceremony that this member began; it is over.
pub(super) async fn take(
    purpose: Purpose,
    token: &str,
    bearer: Bearer,
    app: &App,
) -> Result<Value, Refusal> {
    let row = app.database.take_challenge(&digest(token), purpose.as_str(), app.now()).await?;
    row.filter(|row| is_theirs(row.college_id, row.member_id, bearer))
        .map(|row| row.state)
        .ok_or_else(|| Refusal::field("ceremony", "spent", "This took too long: begin again."))
}

/// Check the passkey that a member shows, in the transaction of what they show it for.
///
/// # Errors
/// `WrongFactor`.
pub(in crate::app) async fn check(
    token: &str,
    credential: Value,
    bearer: Bearer,
    purpose: Purpose,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let answer = read_answer(credential)?;
    let row = tx.take_challenge(&digest(token), purpose.as_str(), app.now()).await?;
    let row = row.filter(|row| is_theirs(row.college_id, row.member_id, bearer));
    let state = row.ok_or(Refusal::WrongFactor)?.state;
    let hash = digest_of(answer.get_credential_id());
    let id = tx.passkey_of_credential(&hash).await?.ok_or(Refusal::WrongFactor)?;
    let owner = verify(&answer, state, id, tx, app).await?;
    if owner == bearer.member { Ok(()) } else { Err(Refusal::WrongFactor) }
}

/// Check an answer against a passkey and count it on (WebAuthn §7.2); whose it is.
pub(super) async fn verify(
    answer: &PublicKeyCredential,
    state: Value,
    id: PasskeyId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<MemberId, Refusal> {
    let state: DiscoverableAuthentication =
        serde_json::from_value(state).map_err(Refusal::internal)?;
    let row = tx.hold_passkey(id).await?.ok_or(Refusal::WrongFactor)?;
    // §7.2 step 6: a passkey that names its owner names this one.
    let named = answer.get_user_unique_id().map(Uuid::from_slice);
    if named.is_some_and(|named| named.ok() != Some(row.member_id)) {
        return Err(Refusal::WrongFactor);
    }
    let mut passkey = read(&row)?;
    let party = relying_party(app)?;
    let result = party.finish_discoverable_authentication_v2(answer, state, &passkey);
    let result = result.map_err(|error| {
        // A counter that went back means that two hold the passkey (§6.1.1).
        tracing::warn!(%error, passkey = %row.id, "a passkey was refused");
        Refusal::WrongFactor
    })?;
    passkey.update_credential(&result);
    let written = serde_json::to_value(&passkey).map_err(Refusal::internal)?;
    tx.use_passkey(id, &written, app.now()).await?;
    Ok(MemberId(row.member_id))
}

/// What a browser answered.
pub(super) fn read_answer(credential: Value) -> Result<PublicKeyCredential, Refusal> {
    serde_json::from_value(credential).map_err(|_| unreadable())
}

/// Stored passkeys, as the library has them.
pub(super) fn read_all(rows: &[PasskeyRow]) -> Result<Vec<Passkey>, Refusal> {
    rows.iter().map(read).collect()
}

fn read(row: &PasskeyRow) -> Result<Passkey, Refusal> {
    serde_json::from_value(row.passkey.clone()).map_err(Refusal::internal)
}

fn is_theirs(college: Option<Uuid>, member: Option<Uuid>, bearer: Bearer) -> bool {
    (college.map(CollegeId), member.map(MemberId)) == (Some(bearer.college), Some(bearer.member))
}
