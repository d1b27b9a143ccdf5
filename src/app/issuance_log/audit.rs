//! The audit: everything is computed anew from the rows of the record and compared with what was signed.
//!
//! It finds what was edited past the hub, by whoever owns the database, and names the first place. It reads one
//! state of the tables from beginning to end, so it may run while the hub works.

use std::collections::HashMap;

use uuid::Uuid;

use super::{LogFault, origin, read_checkpoint, signed, signed_audit, stamp, unsigned, with_tiles};
use crate::app::audit::chain;
use crate::app::{App, Refusal, keys};
use crate::credential::log::{Edge, Growth, Segment, TILE_HASHES, TreeHead, check_stored_leaf};
use crate::credential::{self, proof};
use crate::domain::audit::Head;
use crate::domain::ids::CollegeId;
use crate::storage::{CheckpointRow, LoggedRow, StorageError, TenantTx};

/// How many rows are read at a time: whole tiles.
const PAGE: i64 = 20 * TILE_HASHES as i64;
/// How many documents, which are larger.
const DOCUMENTS: i64 = 200;

/// What was looked at, and the first thing that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogAudit {
    /// Rows of the record.
    pub records: u64,
    /// Signed heads.
    pub checkpoints: u64,
    /// Stamps that were checked.
    pub stamps: u64,
    /// Stamps that could not be: no certificates are set to check them with.
    pub unchecked_stamps: u64,
    /// Documents at hand that were compared with the record.
    pub documents: u64,
    /// Entries of the audit.
    pub entries: u64,
    /// Those whose words were erased.
    pub erased: u64,
    /// The first fault, in the order: record and tiles, checkpoints, stamps, documents, audit.
    pub fault: Option<LogFault>,
}

/// Slug and audit of each college, or of one.
pub async fn verify_all(slug: Option<&str>, app: &App) -> Result<Vec<(String, LogAudit)>, Refusal> {
    let colleges = match slug {
        Some(slug) => {
            let college = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
            vec![CollegeId(college.id)]
        }
        None => app.database.college_ids().await?,
    };
    let mut audits = Vec::new();
    for college in colleges {
        let slug = app.database.college(college).await?.slug;
        audits.push((slug, verify(college, app).await?));
    }
    Ok(audits)
}

/// Audit the log of one college.
pub async fn verify(college: CollegeId, app: &App) -> Result<LogAudit, Refusal> {
    let mut tx = app.database.snapshot(college).await?;
    let mut audit = LogAudit::default();
    let fault = match find_fault(&mut audit, &mut tx, app).await {
        Ok(()) => None,
        Err(Stop::Fault(fault)) => Some(fault),
        Err(Stop::Refused(refusal)) => return Err(refusal),
    };
    tx.commit().await?;
    Ok(LogAudit { fault, ..audit })
}

/// Why the walk ends before its end.
enum Stop {
    Fault(LogFault),
    Refused(Refusal),
}

impl From<LogFault> for Stop {
    fn from(fault: LogFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        Self::Refused(error.into())
    }
}

async fn find_fault(audit: &mut LogAudit, tx: &mut TenantTx, app: &App) -> Result<(), Stop> {
    let slug = tx.own_college().await?.slug;
    let origin = origin(&slug, app);
    let (held, covered) = tx.log_sizes().await?;
    if held < covered {
        return Err(LogFault::Shrunk { held, covered }.into());
    }
    let checkpoints = read_checkpoints(&origin, tx).await?;
    audit.checkpoints = checkpoints.heads.len() as u64;
    check_records(held, &checkpoints.heads, audit, tx).await?;
    if let Some(fault) = checkpoints.fault {
        return Err(fault.into());
    }
    check_counts(held, covered, tx).await?;
    check_stamps(audit, tx, app).await?;
    check_documents(audit, tx).await?;
    check_acts(&checkpoints.audits, audit, tx).await
}

/// Signed heads, up to the first that does not hold.
struct Checkpoints {
    heads: Vec<TreeHead>,
    /// Number of each that signs an end of the audit, and that.
    audits: Vec<(i64, Head)>,
    fault: Option<LogFault>,
}

async fn read_checkpoints(origin: &str, tx: &mut TenantTx) -> Result<Checkpoints, Stop> {
    let all_keys = tx.keys().await?.into_iter();
    let log_keys = all_keys.filter(|key| key.purpose == keys::LOG);
    let log_keys: HashMap<Uuid, Vec<u8>> = log_keys.map(|key| (key.id, key.public_key)).collect();
    let mut found = Checkpoints { heads: Vec::new(), audits: Vec::new(), fault: None };
    let mut next = 1;
    loop {
        let rows = tx.checkpoints(next, PAGE).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in rows {
            match read_next(&row, next, origin, &log_keys, found.heads.last()) {
                Ok(head) => {
                    found.heads.push(head);
                    found.audits.extend(signed_audit(&row).map(|audit| (row.number, audit)));
                }
                Err(fault) => {
                    found.fault = Some(fault);
                    return Ok(found);
                }
            }
            next = row.number + 1;
        }
    }
}

fn read_next(
    row: &CheckpointRow,
    number: i64,
    origin: &str,
    log_keys: &HashMap<Uuid, Vec<u8>>,
    before: Option<&TreeHead>,
) -> Result<TreeHead, LogFault> {
    let broken = |number, reason: &str| LogFault::Checkpoint { number, reason: reason.to_owned() };
    if row.number != number {
        return Err(broken(number, "it is missing"));
    }
    let key = log_keys.get(&row.key_id).ok_or_else(|| broken(number, "its key is no log key"))?;
    let head = read_checkpoint(row, origin, key)?;
    if before.is_some_and(|before| before.size > head.size) {
        return Err(broken(number, "it is smaller than the one before"));
    }
    Ok(head)
}

/// Compute the tree anew from the record, and compare tiles and signed roots with it, page by page.
async fn check_records(
    held: i64,
    heads: &[TreeHead],
    audit: &mut LogAudit,
    tx: &mut TenantTx,
) -> Result<(), Stop> {
    let covered = heads.last().map_or(0, |head| head.size);
    let mut edge = Edge::default();
    let mut unmet = heads.iter().zip(1..).peekable();
    while edge.size() < unsigned(held)? {
        let page = whole_page(edge.size(), held, tx).await?;
        let mut growth = Growth::default();
        let mut wrong_root = None;
        for row in &page {
            // What no checkpoint covers yet has no tiles either.
            let mut uncovered = Growth::default();
            let grown = if edge.size() < covered { &mut growth } else { &mut uncovered };
            edge.append(&hash_of(row)?, grown);
            // Several checkpoints of one size are of one tree, signed by one key after the other.
            while let Some((head, number)) = unmet.next_if(|(head, _)| head.size == edge.size()) {
                if edge.head() != *head {
                    wrong_root = wrong_root.or(Some(number));
                }
            }
        }
        audit.records = edge.size();
        if let Some((level, number)) = first_difference(&growth, tx).await? {
            return Err(judge(level, number, &page, heads, tx).await?.into());
        }
        if let Some(checkpoint) = wrong_root {
            let index: usize = checkpoint - 1;
            let from = index.checked_sub(1).map_or(0, |before| heads[before].size);
            return Err(LogFault::ChangedRange { checkpoint, from, to: heads[index].size }.into());
        }
    }
    Ok(())
}

/// The next rows of the record below `held`; an index without a row is a fault.
async fn whole_page(from: u64, held: i64, tx: &mut TenantTx) -> Result<Vec<LoggedRow>, Stop> {
    let from = signed(from)?;
    let rows = tx.logged(from, PAGE.min(held - from)).await?;
    for (row, index) in rows.iter().zip(from..) {
        if row.log_index != index {
            return Err(LogFault::MissingRecord(index).into());
        }
    }
    if rows.is_empty() { Err(LogFault::MissingRecord(from).into()) } else { Ok(rows) }
}

/// Level and number of the first stored hash that is not what the record gives; the lowest level first.
async fn first_difference(
    growth: &Growth,
    tx: &mut TenantTx,
) -> Result<Option<(u8, u64)>, Refusal> {
    let mut expected: Vec<&Segment> = growth.segments().iter().collect();
    expected.sort_by_key(|segment| (segment.level, segment.start));
    for segment in expected {
        let (tile, first) = (segment.start / TILE_HASHES, segment.start % TILE_HASHES);
        let stored = tx.log_tile(i16::from(segment.level), signed(tile)?).await?;
        let stored =
            stored.chunks_exact(32).skip(usize::try_from(first).map_err(Refusal::internal)?);
        let mut stored = stored.fuse();
        for (hash, number) in segment.hashes.chunks_exact(32).zip(segment.start..) {
            if stored.next() != Some(hash) {
                return Ok(Some((segment.level, number)));
            }
        }
    }
    Ok(None)
}

/// Where record and tile differ, the signed root says which of them was edited.
async fn judge(
    level: u8,
    number: u64,
    page: &[LoggedRow],
    heads: &[TreeHead],
    tx: &mut TenantTx,
) -> Result<LogFault, Refusal> {
    let tile = LogFault::ChangedHash { level: i16::from(level), number: signed(number)? };
    let place = signed(number)?;
    let row = page.iter().find(|row| level == 0 && row.log_index == place);
    let head = heads.iter().find(|head| head.size > number);
    let (Some(row), Some(head)) = (row, head) else { return Ok(tile) };
    match with_tiles(tx, |tiles| check_stored_leaf(number, head, tiles)).await? {
        Ok(()) => Ok(LogFault::ChangedRecord {
            index: row.log_index,
            document: row.document_id,
            generation: row.generation,
        }),
        Err(_) => Ok(tile),
    }
}

/// Nothing stands behind the end: of the record, and of the tiles.
async fn check_counts(held: i64, covered: i64, tx: &mut TenantTx) -> Result<(), Stop> {
    if let Some(extra) = tx.logged(held, 1).await?.first() {
        return Err(LogFault::ExtraRecord(extra.log_index).into());
    }
    for (level, stored) in tx.count_log_hashes().await? {
        let expected = covered.checked_shr(u32::from(level.unsigned_abs()) * 8).unwrap_or(0);
        if stored != expected {
            return Err(LogFault::HashCount { level, stored, expected }.into());
        }
    }
    Ok(())
}

/// Every token is over its checkpoint, by a trusted authority, and of the time that its row says.
async fn check_stamps(audit: &mut LogAudit, tx: &mut TenantTx, app: &App) -> Result<(), Stop> {
    let mut next = 1;
    loop {
        let rows = tx.stamped(next, DOCUMENTS).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        next = last.number + 1;
        for row in rows {
            let Some(timestamper) = &app.timestamper else {
                audit.unchecked_stamps += 1;
                continue;
            };
            let broken = |reason: String| LogFault::Timestamp { number: row.number, reason };
            let at = timestamper
                .check(&row.token, &stamp::digest(&row.note))
                .map_err(|error| broken(error.to_string()))?;
            if stamp::as_stored(at) != row.stamped_at {
                return Err(broken("its row says another time than the token".to_owned()).into());
            }
            audit.stamps += 1;
        }
    }
}

/// Every document at hand is the one on record, and every row of the record is of a document.
async fn check_documents(audit: &mut LogAudit, tx: &mut TenantTx) -> Result<(), Stop> {
    if let Some((index, document)) = tx.record_without_document().await? {
        return Err(LogFault::UnknownDocument { index, document }.into());
    }
    let mut after = Uuid::nil();
    loop {
        let rows = tx.held_documents(after, DOCUMENTS).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.document_id;
        for row in rows {
            let broken = |reason| LogFault::Document { document: row.document_id, reason };
            let recorded = row.record_hash.ok_or_else(|| broken("has no row in the record"))?;
            let document = credential::parse(row.document.as_bytes())
                .map_err(|_| broken("is no document any more"))?;
            if proof::record_hash(&document).as_slice() != recorded {
                return Err(broken("is not the one on record").into());
            }
            audit.documents += 1;
        }
    }
}

/// The chain of what was done.
async fn check_acts(
    signed: &[(i64, Head)],
    audit: &mut LogAudit,
    tx: &mut TenantTx,
) -> Result<(), Stop> {
    let seen = chain::check(signed, tx).await?.map_err(LogFault::from)?;
    (audit.entries, audit.erased) = (seen.entries, seen.erased);
    Ok(())
}

fn hash_of(row: &LoggedRow) -> Result<[u8; 32], Refusal> {
    row.record_hash.as_slice().try_into().map_err(Refusal::internal)
}
