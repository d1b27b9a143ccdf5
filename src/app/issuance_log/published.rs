//! What anybody may read of a log: checkpoints, tiles, entries, proofs.

use serde::Serialize;

use super::{origin, signed, unsigned, with_tiles};
use crate::app::{App, Refusal, keys};
use crate::credential::log::{
    self, Hash, TILE_HASHES, TileKind, TreeHead, entry_bundle, prove_consistency, prove_inclusion,
};
use crate::domain::ids::CollegeId;
use crate::storage::{CheckpointRow, TenantTx};
use crate::timestamper;

pub use crate::credential::log::TilePath;

/// A proof that a document stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InclusionProof {
    /// Its place.
    pub index: u64,
    /// Size of the tree the proof leads to the root of.
    pub size: u64,
    /// From the leaf's sibling up (RFC 6962 §2.1.1), hexadecimal.
    pub hashes: Vec<String>,
    /// The signed note over that tree.
    pub checkpoint: String,
    /// Everything as one text (C2SP tlog-proof).
    pub tlog_proof: String,
}

/// A proof that the log only grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConsistencyProof {
    /// Size of the smaller tree.
    pub from: u64,
    /// Size of the larger one.
    pub to: u64,
    /// Root of the smaller one, hexadecimal.
    pub from_root: String,
    /// Root of the larger one, hexadecimal.
    pub to_root: String,
    /// RFC 6962 §2.1.2, hexadecimal.
    pub hashes: Vec<String>,
}

/// The checkpoint that was signed last.
pub async fn checkpoint(slug: &str, app: &App) -> Result<String, Refusal> {
    let mut tx = open(slug, app).await?;
    let row = tx.last_checkpoint().await?;
    tx.commit().await?;
    Ok(row.ok_or(Refusal::NotFound)?.note)
}

/// A checkpoint by its number.
pub async fn numbered_checkpoint(slug: &str, number: i64, app: &App) -> Result<String, Refusal> {
    let mut tx = open(slug, app).await?;
    let rows = tx.checkpoints(number, 1).await?;
    tx.commit().await?;
    let row = rows.into_iter().find(|row| row.number == number);
    Ok(row.ok_or(Refusal::NotFound)?.note)
}

/// Number of the checkpoint that was stamped last.
pub async fn stamped_number(slug: &str, app: &App) -> Result<i64, Refusal> {
    let mut tx = open(slug, app).await?;
    let row = tx.last_stamped().await?;
    tx.commit().await?;
    Ok(row.ok_or(Refusal::NotFound)?.number)
}

/// The stamp on a checkpoint, as a `TimeStampResp` (RFC 3161), DER.
pub async fn stamp(slug: &str, number: i64, app: &App) -> Result<Vec<u8>, Refusal> {
    let mut tx = open(slug, app).await?;
    let rows = tx.stamped(number, 1).await?;
    tx.commit().await?;
    let row = rows.into_iter().find(|row| row.number == number).ok_or(Refusal::NotFound)?;
    timestamper::response_around(&row.token).map_err(Refusal::internal)
}

/// The log's keys as tools for signed notes take them, one in a line, oldest first.
pub async fn verifier_keys(slug: &str, app: &App) -> Result<String, Refusal> {
    let mut tx = open(slug, app).await?;
    let rows = tx.public_keys().await?;
    let slug = tx.own_college().await?.slug;
    tx.commit().await?;
    let origin = origin(&slug, app);
    let log_keys = rows.iter().filter(|key| key.purpose == keys::LOG);
    log_keys
        .map(|key| {
            let public_key = keys::ed25519_public(&key.public_key)?;
            Ok(log::verifier_key(&origin, &public_key) + "\n")
        })
        .collect()
}

/// A tile, or a bundle of entries: as much of it as was asked for, if a checkpoint covers that.
pub async fn tile(slug: &str, tile: TilePath, app: &App) -> Result<Vec<u8>, Refusal> {
    let mut tx = open(slug, app).await?;
    let octets = match tile.kind {
        TileKind::Hashes(level) => {
            let number = i64::try_from(tile.number).map_err(|_| Refusal::NotFound)?;
            let hashes = tx.log_tile(i16::from(level), number).await?;
            let wanted = usize::try_from(tile.width * 32).map_err(Refusal::internal)?;
            hashes.get(..wanted).map(<[u8]>::to_vec)
        }
        TileKind::Entries => entries(tile, &mut tx).await?,
    };
    tx.commit().await?;
    octets.ok_or(Refusal::NotFound)
}

/// The proof that a document of this record hash stands under the last checkpoint.
pub async fn inclusion(
    slug: &str,
    record_hash: &[u8; 32],
    app: &App,
) -> Result<InclusionProof, Refusal> {
    let mut tx = open(slug, app).await?;
    let index = tx.log_index_of(record_hash).await?.ok_or(Refusal::NotFound)?;
    let row = tx.last_checkpoint().await?.filter(|row| row.size > index);
    let row = row.ok_or(Refusal::NotFound)?;
    let (index, head) = (unsigned(index)?, head_of(&row)?);
    let proof = with_tiles(&mut tx, |tiles| prove_inclusion(record_hash, index, &head, tiles));
    let proof = proof.await?.map_err(Refusal::internal)?;
    tx.commit().await?;
    Ok(InclusionProof {
        index,
        size: head.size,
        tlog_proof: log::tlog_proof(index, &proof, &row.note),
        hashes: hexadecimal(&proof),
        checkpoint: row.note,
    })
}

/// The proof that the tree of `to` documents begins with that of `from`; both at most as large as the last signed one.
pub async fn consistency(
    slug: &str,
    from: u64,
    to: u64,
    app: &App,
) -> Result<ConsistencyProof, Refusal> {
    let mut tx = open(slug, app).await?;
    let row = tx.last_checkpoint().await?.ok_or(Refusal::NotFound)?;
    let last = head_of(&row)?;
    if from == 0 || from > to || to > last.size {
        return Err(Refusal::NotFound);
    }
    let second = with_tiles(&mut tx, |tiles| prove_consistency(to, &last, tiles)).await?;
    let (second, _) = second.map_err(Refusal::internal)?;
    let first = with_tiles(&mut tx, |tiles| prove_consistency(from, &second, tiles)).await?;
    let (first, proof) = first.map_err(Refusal::internal)?;
    tx.commit().await?;
    Ok(ConsistencyProof {
        from,
        to,
        from_root: hex::encode(first.root),
        to_root: hex::encode(second.root),
        hashes: hexadecimal(&proof),
    })
}

async fn entries(tile: TilePath, tx: &mut TenantTx) -> Result<Option<Vec<u8>>, Refusal> {
    let (_, covered) = tx.log_sizes().await?;
    let first = tile.number.checked_mul(TILE_HASHES).ok_or(Refusal::NotFound)?;
    let end = first.checked_add(tile.width).ok_or(Refusal::NotFound)?;
    if end > unsigned(covered)? {
        return Ok(None);
    }
    let rows = tx.logged(signed(first)?, signed(tile.width)?).await?;
    let hashes: Result<Vec<[u8; 32]>, _> =
        rows.iter().map(|row| row.record_hash.as_slice().try_into()).collect();
    Ok(Some(entry_bundle(&hashes.map_err(Refusal::internal)?)))
}

fn head_of(row: &CheckpointRow) -> Result<TreeHead, Refusal> {
    let root = row.root.as_slice().try_into().map_err(Refusal::internal)?;
    Ok(TreeHead { size: unsigned(row.size)?, root })
}

fn hexadecimal(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

async fn open(slug: &str, app: &App) -> Result<TenantTx, Refusal> {
    let college = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    Ok(app.database.tenant(CollegeId(college.id)).await?)
}
