//! What two persons do with a key: declare it compromised, or lift a freeze. One asks, another agrees.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::change::{freeze_held, parse_reason, put_to_use, replace};
use super::{Acting, hold_for, moved, tell};
use crate::app::authenticate::word;
use crate::app::confirmations::{self, Request};
use crate::app::notifications::notify;
use crate::app::record::{Happening, record};
use crate::app::{App, Refusal, batch, seals, status_lists};
use crate::domain::confirmation::ConfirmationKind;
use crate::domain::ids::KeyId;
use crate::domain::key::{KeyPurpose, KeyState};
use crate::domain::key_life::KeyAction;
use crate::storage::{AffectedRow, ConfirmationRow, KeyRow, TenantTx};

/// A key is never given up for a time before this hub could have made it, nor for one to come.
const NOT_BEFORE_MADE: &str = "The key was not made yet at that time.";

/// What a key signed that still holds: what a compromise would cost.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Affected {
    /// Credentials, those that software of the college had issued included; they will be signed anew.
    pub credentials: i64,
    /// Portfolios, which go out of date; their students export them anew.
    pub portfolios: i64,
}

/// How much hangs on a key: a fire drill, changes nothing.
pub async fn affected(id: KeyId, acting: &Acting, app: &App) -> Result<Affected, Refusal> {
    let mut tx = app.database.tenant(acting.college()).await?;
    tx.key(id).await?.ok_or(Refusal::NotFound)?;
    let row = tx.affected_by(id).await?;
    tx.commit().await?;
    Ok(row.into())
}

/// Ask that a key be declared compromised. It is frozen at once; a second person has to agree to the rest.
///
/// `seen` is what [`affected`] said to the one who asks: nobody gives up a key without having looked.
pub async fn report_compromise(
    id: KeyId,
    version: i64,
    since: DateTime<Utc>,
    reason: &str,
    seen: Affected,
    acting: &Acting,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let reason = parse_reason(reason)?;
    let mut tx = app.database.tenant(acting.college()).await?;
    let key = hold_for(KeyAction::Compromise, id, Some(version), &mut tx).await?;
    check_since(since, &key, app.now())?;
    if Affected::from(tx.affected_by(id).await?) != seen {
        return Err(Refusal::Conflict(
            "More or fewer documents are affected than you saw: look at the number again. Freeze the key first, and it stands still.",
        ));
    }
    if word::<KeyState>(&key.state)? != KeyState::Frozen {
        freeze_held(&key, &reason, acting, &mut tx, app).await?;
    }
    let request = Request {
        kind: ConfirmationKind::KeyCompromise,
        subject: key.id,
        details: json!({ "since": since, "kid": key.kid, "purpose": key.purpose }),
        facts: json!(seen),
        reason: &reason,
    };
    let row = confirmations::ask(request, acting, &mut tx, app).await?;
    tx.commit().await?;
    Ok(row)
}

/// Ask that the freeze of a key be lifted: a false alarm. A second person has to agree.
pub async fn ask_to_unfreeze(
    id: KeyId,
    version: i64,
    reason: &str,
    acting: &Acting,
    app: &App,
) -> Result<ConfirmationRow, Refusal> {
    let reason = parse_reason(reason)?;
    let mut tx = app.database.tenant(acting.college()).await?;
    let key = hold_for(KeyAction::Unfreeze, id, Some(version), &mut tx).await?;
    let seen = Affected::from(tx.affected_by(id).await?);
    let request = Request {
        kind: ConfirmationKind::KeyUnfreeze,
        subject: key.id,
        details: json!({ "kid": key.kid, "purpose": key.purpose }),
        facts: json!(seen),
        reason: &reason,
    };
    let row = confirmations::ask(request, acting, &mut tx, app).await?;
    tx.commit().await?;
    Ok(row)
}

/// What hangs on a key now, for the second person to see.
pub(crate) async fn still_affected(id: KeyId, tx: &mut TenantTx) -> Result<Value, Refusal> {
    Ok(json!(Affected::from(tx.affected_by(id).await?)))
}

/// Declare a key compromised, as two persons agreed: out of `assertionMethod`, private part destroyed, another in
/// its place where it had none, every living credential to be signed anew, portfolios out of date.
pub(crate) async fn declare_compromised(
    confirmation: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let id = KeyId(confirmation.subject_id);
    let key = hold_for(KeyAction::Compromise, id, None, tx).await?;
    let purpose: KeyPurpose = word(&key.purpose)?;
    let since: DateTime<Utc> =
        serde_json::from_value(confirmation.details["since"].clone()).map_err(Refusal::internal)?;
    let reason = &confirmation.reason;
    moved(tx.compromise_key(id, key.version, since, reason, app.now()).await?)?;
    seals::give_up(&key, tx, app).await?;
    let outdated = outdate_portfolios(id, tx, app).await?;
    let successor = succeed(purpose, acting, tx, app).await?;
    let facts = json!({
        "purpose": purpose, "kid": key.kid, "since": since, "successor": successor,
        "confirmation": confirmation.id, "portfolios": outdated,
    });
    let happening = Happening::in_college("key_compromised", acting.facts(facts));
    record(happening.saying(Some(reason)), acting.actor(), tx, app).await?;
    // Lists that the thief could have signed, and bits of portfolios that just fell.
    status_lists::republish_all(tx, app).await?;
    if purpose == KeyPurpose::Credentials {
        batch::reissue_signed_by(id, acting.actor(), tx, app).await?;
    }
    tx.close_confirmations_of(key.id, app.now()).await?;
    let told = format!(
        "The key {} ({purpose}) was declared compromised. Its credentials are being signed anew, and {outdated} portfolios have to be exported again.",
        key.kid
    );
    tell::everybody("key_compromised", &told, tx, app).await
}

/// Lift the freeze of a key, as two persons agreed.
pub(crate) async fn lift_freeze(
    confirmation: &ConfirmationRow,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let id = KeyId(confirmation.subject_id);
    let key = hold_for(KeyAction::Unfreeze, id, None, tx).await?;
    moved(tx.unfreeze_key(id, key.version).await?)?;
    let facts = json!({ "purpose": key.purpose, "kid": key.kid, "confirmation": confirmation.id });
    let happening = Happening::in_college("key_unfrozen", acting.facts(facts));
    record(happening.saying(Some(&confirmation.reason)), acting.actor(), tx, app).await?;
    if key.retired_at.is_none() {
        put_to_use(word(&key.purpose)?, tx, app).await?;
    }
    tx.close_confirmations_of(key.id, app.now()).await?;
    let told = format!(
        "The freeze of the key {} ({}) was lifted: nothing was wrong with it.",
        key.kid, key.purpose
    );
    tell::everybody("key_unfrozen", &told, tx, app).await
}

/// Put what a key signed out of force, and tell whose it was; gives how many portfolios.
async fn outdate_portfolios(id: KeyId, tx: &mut TenantTx, app: &App) -> Result<i64, Refusal> {
    let mut fallen = 0;
    for (student, portfolios) in tx.outdate_portfolios_of_key(id, app.now()).await? {
        let text = "Your college withdrew a key that your exported portfolio depends on: it is out of date. Please export it again.";
        notify(student, "portfolio_outdated", text.to_owned(), None, tx, app).await?;
        fallen += portfolios;
    }
    Ok(fallen)
}

/// A key in the place of one that fell, where no other signs for its purpose; gives its name. With the authority
/// falls the key that it certified.
async fn succeed(
    purpose: KeyPurpose,
    acting: &Acting,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<String>, Refusal> {
    if tx.active_key(purpose.as_str()).await?.is_some() {
        return Ok(None);
    }
    let new = replace(purpose, acting, tx, app).await?;
    if purpose == KeyPurpose::Authority {
        replace(KeyPurpose::Documents, acting, tx, app).await?;
    }
    Ok(Some(new.kid))
}

fn check_since(since: DateTime<Utc>, key: &KeyRow, now: DateTime<Utc>) -> Result<(), Refusal> {
    if since > now {
        return Err(Refusal::field("since", "in_future", "That time is yet to come."));
    }
    if since < key.created_at {
        return Err(Refusal::field("since", "too_early", NOT_BEFORE_MADE));
    }
    Ok(())
}

impl From<AffectedRow> for Affected {
    fn from(row: AffectedRow) -> Self {
        Self { credentials: row.credentials, portfolios: row.portfolios }
    }
}
