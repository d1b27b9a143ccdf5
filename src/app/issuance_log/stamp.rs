//! Time from outside: once a day the last checkpoint is stamped by an authority that is not the hub (RFC 3161).

use chrono::{DateTime, Duration, SubsecRound, Utc};
use sha2::{Digest, Sha256};

use super::{audit, origin, raise_alarm, unsigned, with_tiles};
use crate::app::{App, Refusal};
use crate::credential::log::{Checkpoint, TreeHead, prove_inclusion};
use crate::domain::ids::CollegeId;
use crate::storage::{StampedRow, TenantTx};

/// A stamp a day.
const EVERY: Duration = Duration::hours(24);
/// Of the stamps over a document, how many are looked at before it counts as not witnessed.
const MOST_STAMPS: i64 = 8;

/// Have the last checkpoint stamped. The whole log is audited before the stamp is kept: none vouches for what was
/// edited.
///
/// An authority that does not answer is asked again in a quarter of an hour, so that is no error.
pub async fn stamp(college: CollegeId, app: &App) -> Result<(), Refusal> {
    let Some(timestamper) = app.timestamper.as_ref().filter(|it| it.asks()) else { return Ok(()) };
    let mut tx = app.database.tenant(college).await?;
    let due = is_due(&mut tx, app).await?;
    let last = tx.last_checkpoint().await?;
    tx.commit().await?;
    let Some(last) = last.filter(|_| due) else { return Ok(()) };
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&app.random_bytes()[..16]);
    // No transaction is open while somebody outside is waited for.
    let stamped = match timestamper.stamp(&digest(&last.note), nonce).await {
        Ok(stamped) => stamped,
        Err(error) => {
            tracing::warn!(%college, %error, "the issuance log was not stamped today; it is tried again");
            return Ok(());
        }
    };
    if let Some(fault) = audit::verify(college, app).await?.fault {
        return raise_alarm(&fault, college, app).await;
    }
    let mut tx = app.database.tenant(college).await?;
    tx.insert_timestamp(last.number, &stamped.token, as_stored(stamped.at), app.now()).await?;
    Ok(tx.commit().await?)
}

/// Whether the last checkpoint has no stamp, and none was asked for within a day.
pub(super) async fn is_due(tx: &mut TenantTx, app: &App) -> Result<bool, Refusal> {
    if !app.timestamper.as_ref().is_some_and(|it| it.asks()) {
        return Ok(false);
    }
    let Some(last) = tx.last_checkpoint().await? else { return Ok(false) };
    Ok(tx.last_stamped().await?.is_none_or(|stamped| {
        stamped.number < last.number && stamped.asked_at + EVERY <= app.now()
    }))
}

/// When somebody outside saw a log with this document at this place.
///
/// Nothing in the tables is taken at its word: the token is checked against the trusted certificates, it must be over
/// the checkpoint, and the document's hash must lead to the checkpoint's root.
pub(crate) async fn witnessed_at(
    log_index: i64,
    record_hash: &[u8; 32],
    tx: &mut TenantTx,
    app: &App,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(timestamper) = &app.timestamper else { return Ok(None) };
    let slug = tx.own_college().await?.slug;
    let origin = origin(&slug, app);
    for stamped in tx.stamped_over(log_index, MOST_STAMPS).await? {
        let Ok(at) = timestamper.check(&stamped.token, &digest(&stamped.note)) else { continue };
        let Some(head) = head_of(&stamped, &origin) else { continue };
        let index = unsigned(log_index)?;
        let proof = with_tiles(tx, |tiles| prove_inclusion(record_hash, index, &head, tiles));
        if proof.await?.is_ok() {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// A time as the database keeps it: whole microseconds.
pub(super) fn as_stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// SHA-256 of the note as it is published: what is stamped.
pub(super) fn digest(note: &str) -> [u8; 32] {
    Sha256::digest(note.as_bytes()).into()
}

/// The head that the stamped note says. Who signed the note does not matter here: the stamp is over the root.
fn head_of(stamped: &StampedRow, origin: &str) -> Option<TreeHead> {
    let root = stamped.root.as_slice().try_into().ok()?;
    let head = TreeHead { size: u64::try_from(stamped.size).ok()?, root };
    let text = Checkpoint::of(head, origin).ok()?;
    stamped.note.as_bytes().starts_with(text.message()).then_some(head)
}
