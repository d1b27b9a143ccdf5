//! Signing the head of the log anew, after it grew.

use super::{
    LogFault, key_of, origin, raise_alarm, read_checkpoint, signed, signed_audit, unsigned,
    with_tiles,
};
use crate::app::audit::chain;
use crate::app::{App, Refusal, keys};
use crate::credential::log::{Checkpoint, Edge, Growth, TreeHead};
use crate::domain::audit::Head as AuditHead;
use crate::domain::ids::CollegeId;
use crate::domain::key::KeyPurpose;
use crate::storage::{CheckpointRow, NewCheckpoint, TenantTx};

/// How many documents are read at a time.
const PAGE: i64 = 10_000;

/// Sign a checkpoint over everything that was committed. Does nothing where the last one covers it and its key signs
/// still, or where the college's log key is stopped.
///
/// Signs only what the last signed tree grew into. If it cannot have grown into what the tables hold, they were
/// edited: nothing is signed, and an alarm is raised.
pub async fn publish(college: CollegeId, app: &App) -> Result<(), Refusal> {
    // A transaction of its own, so that nobody who approves waits for what follows.
    let mut tx = app.database.tenant(college).await?;
    tx.settle_log().await?;
    tx.commit().await?;

    let mut tx = app.database.tenant(college).await?;
    match sign_head(&mut tx, app).await? {
        Ok(()) => Ok(tx.commit().await?),
        Err(fault) => {
            drop(tx);
            raise_alarm(&fault, college, app).await
        }
    }
}

async fn sign_head(tx: &mut TenantTx, app: &App) -> Result<Result<(), LogFault>, Refusal> {
    tx.lock_checkpoints().await?;
    let (held, covered) = tx.log_sizes().await?;
    if held == 0 && covered == 0 {
        return Ok(Ok(()));
    }
    let Some(key) = keys::ensure(KeyPurpose::Log, tx, app).await? else { return Ok(Ok(())) };
    let last = tx.last_checkpoint().await?;
    // Read after the record: an act that the record shows is in the audit too.
    let audit = tx.audit_head().await?;
    let covers = |last: &CheckpointRow| last.size == held && last.audit_size == Some(audit.size);
    if last.as_ref().is_some_and(|last| covers(last) && last.key_id == key.id) {
        return Ok(Ok(()));
    }
    if held < covered {
        return Ok(Err(LogFault::Shrunk { held, covered }));
    }
    let slug = tx.own_college().await?.slug;
    let origin = origin(&slug, app);
    let head = match last_head(last.as_ref(), &origin, tx).await? {
        Ok(head) => head,
        Err(fault) => return Ok(Err(fault)),
    };
    let known =
        last.as_ref().and_then(signed_audit).unwrap_or_else(|| AuditHead::of_nothing(tx.college()));
    if let Err(fault) = chain::check_growth(known, &audit, tx).await? {
        return Ok(Err(fault.into()));
    }
    let edge = with_tiles(tx, |tiles| Edge::of(&head, tiles)).await?;
    let edge = match edge {
        Ok(edge) => edge,
        Err(error) => return Ok(Err(LogFault::Tiles(error.to_string()))),
    };
    let (edge, growth) = match grow(edge, held, tx).await? {
        Ok(grown) => grown,
        Err(fault) => return Ok(Err(fault)),
    };
    let pieces: Result<Vec<_>, Refusal> = growth
        .segments()
        .iter()
        .map(|it| Ok((i16::from(it.level), signed(it.start)?, it.hashes.as_slice())))
        .collect();
    tx.insert_log_hashes(&pieces?).await?;

    let checkpoint =
        Checkpoint::beside(Some(audit), edge.head(), &origin).map_err(Refusal::internal)?;
    let signatures = keys::sign(&key, tx.college(), &[checkpoint.message()], app)?;
    let [signature] = signatures.as_slice() else {
        return Err(Refusal::internal(anyhow::anyhow!("a checkpoint takes one signature")));
    };
    let public_key = keys::ed25519_public(&key.public_key)?;
    let note = checkpoint.note(&public_key, signature).map_err(Refusal::internal)?;
    // Checked before it is kept, like everything that is signed here.
    Checkpoint::read(&note, &origin, &public_key).map_err(Refusal::internal)?;
    tx.insert_checkpoint(&NewCheckpoint {
        number: last.map_or(1, |last| last.number + 1),
        size: held,
        root: checkpoint.head().root,
        note: &note,
        key_id: key.id,
        signed_at: app.now(),
        audit,
    })
    .await?;
    tx.count_signatures(key.id.into(), 1, app.now()).await?;
    Ok(Ok(()))
}

/// The head that was signed last, as its note says it; the empty tree where none was.
async fn last_head(
    last: Option<&CheckpointRow>,
    origin: &str,
    tx: &mut TenantTx,
) -> Result<Result<TreeHead, LogFault>, Refusal> {
    let Some(last) = last else { return Ok(Ok(Edge::default().head())) };
    let key = key_of(last, tx).await?;
    Ok(read_checkpoint(last, origin, &key))
}

/// Append what the record holds from the end of the tree to `size`.
async fn grow(
    mut edge: Edge,
    size: i64,
    tx: &mut TenantTx,
) -> Result<Result<(Edge, Growth), LogFault>, Refusal> {
    let mut growth = Growth::default();
    let size = unsigned(size)?;
    while edge.size() < size {
        let at = edge.size();
        let rows = tx.logged(signed(at)?, PAGE).await?;
        for row in
            rows.iter().take_while(|row| u64::try_from(row.log_index).is_ok_and(|it| it < size))
        {
            let next = signed(edge.size())?;
            if row.log_index != next {
                return Ok(Err(LogFault::MissingRecord(next)));
            }
            edge.append(&keys::ed25519_public(&row.record_hash)?, &mut growth);
        }
        if edge.size() == at {
            return Ok(Err(LogFault::MissingRecord(signed(at)?)));
        }
    }
    Ok(Ok((edge, growth)))
}
