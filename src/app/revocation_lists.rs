//! The revocation list of a college's authority: made anew each day it is asked for, and when a certificate falls.

use chrono::{Duration, SubsecRound};

use super::{App, Refusal, keys};
use crate::domain::ids::CollegeId;
use crate::portfolio::revocation::{RevocationFacts, prepare_list};
use crate::storage::{KeyRow, RevocationListRow, TenantTx};

/// A list older than this is made anew when somebody asks.
const FRESH: Duration = Duration::days(1);
/// When another will be there at the latest, as the list says.
const LIFE: Duration = Duration::days(7);
/// A reader's clock may be slow.
const CLOCK_SLACK: Duration = Duration::minutes(5);

/// The present list (DER) of the authority whose key has this name; of one that signs no more, its last.
pub async fn published(slug: &str, kid: &str, app: &App) -> Result<Vec<u8>, Refusal> {
    let college = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    let active = tx.hold_active_key(keys::AUTHORITY).await?.filter(|key| key.kid == kid);
    let list = match active {
        Some(authority) => Some(present(&authority, &mut tx, app).await?),
        None => tx.revocation_list_of(kid).await?.map(|row| row.document),
    };
    tx.commit().await?;
    list.ok_or(Refusal::NotFound)
}

/// The present list of the college's authority; none while it does not sign, as when it is frozen.
pub(super) async fn current(college: CollegeId, app: &App) -> Result<Option<Vec<u8>>, Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let list = match tx.hold_active_key(keys::AUTHORITY).await? {
        Some(authority) => Some(present(&authority, &mut tx, app).await?),
        None => None,
    };
    tx.commit().await?;
    Ok(list)
}

async fn present(authority: &KeyRow, tx: &mut TenantTx, app: &App) -> Result<Vec<u8>, Refusal> {
    let now = app.now().trunc_subsecs(0);
    let before = tx.revocation_list(authority.id.into()).await?;
    let fallen = tx.fallen_certificates().await?;
    if let Some(row) = &before {
        let complete = fallen.iter().all(|one| one.declared_at <= row.made_at);
        if complete && now < row.made_at + FRESH {
            return Ok(row.document.clone());
        }
    }
    let number = before.as_ref().map_or(1, |row| row.number + 1);
    let facts = RevocationFacts {
        authority: authority.certificate.clone().unwrap_or_default(),
        number: number.try_into().map_err(Refusal::internal)?,
        made_at: now - CLOCK_SLACK,
        next_at: now + LIFE,
        fallen: fallen.into_iter().map(|one| (one.certificate, one.since)).collect(),
    };
    let list = prepare_list(&facts).map_err(Refusal::internal)?;
    let signatures = keys::sign(authority, tx.college(), &[list.message()], app)?;
    let signature = signatures
        .first()
        .ok_or_else(|| Refusal::internal(anyhow::anyhow!("the keystore gave no signature")))?;
    let document = list.attach(signature).map_err(Refusal::internal)?;
    // From the second after it on: what falls in this one makes another list.
    let row = RevocationListRow { number, document, made_at: now };
    if tx.set_revocation_list(authority.id.into(), &row, facts.next_at).await? {
        tx.count_signatures(authority.id.into(), 1, app.now()).await?;
        return Ok(row.document);
    }
    let row = tx.revocation_list(authority.id.into()).await?;
    let row =
        row.ok_or_else(|| Refusal::internal(anyhow::anyhow!("the list was there a moment ago")))?;
    Ok(row.document)
}
