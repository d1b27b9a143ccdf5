//! Files on the disk held against the rows that name them: none without a row for long, and no row without a file.
//!
//! A crash between a file and its row leaves a file that nobody names, and so does a draft that is given up. A file is
//! swept once it is older than any act can take; what is received again meanwhile is a new file (`blobs`).

use std::time::SystemTime;

use chrono::Duration;

use super::{App, Refusal};
use crate::blobs::Digest;
use crate::domain::ids::CollegeId;
use crate::storage::TenantTx;

/// How old a file must be that nobody names.
pub const GRACE: Duration = Duration::hours(24);
/// How many are asked about at once.
const CHUNK: usize = 1_000;

/// What a sweep did and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Unfinished files that were removed.
    pub unfinished: usize,
    /// Files that nobody named and that were removed.
    pub unused: usize,
    /// Files that a row names and that are not there.
    pub missing: usize,
}

/// Remove, in every college, what nobody names and is older than [`GRACE`]; say what is missing.
pub async fn sweep(app: &App) -> Result<Swept, Refusal> {
    let older_than = SystemTime::from(app.now() - GRACE);
    let mut swept = Swept {
        unfinished: app.blobs.sweep_temporaries(older_than).await.map_err(Refusal::internal)?,
        ..Swept::default()
    };
    for college in app.database.college_ids().await? {
        app.blobs.restore_swept(college).await.map_err(Refusal::internal)?;
        swept.unused += sweep_college(college, older_than, app).await?;
        swept.missing += count_missing(college, app).await?;
    }
    tracing::info!(
        unfinished = swept.unfinished,
        unused = swept.unused,
        missing = swept.missing,
        "files were held against their rows"
    );
    Ok(swept)
}

async fn sweep_college(
    college: CollegeId,
    older_than: SystemTime,
    app: &App,
) -> Result<usize, Refusal> {
    let stored = app.blobs.stored_before(college, older_than).await.map_err(Refusal::internal)?;
    let mut removed = 0;
    for chunk in stored.chunks(CHUNK) {
        let digests: Vec<_> = chunk.iter().map(|digest| digest.0.to_vec()).collect();
        let mut tx = app.database.tenant(college).await?;
        let unnamed = tx.unnamed_files(&digests).await?;
        tx.forget_codes(&unnamed).await?;
        tx.commit().await?;
        for sha256 in unnamed {
            let swept = app.blobs.sweep(college, digest(&sha256)?, older_than).await;
            removed += usize::from(swept.map_err(Refusal::internal)?);
        }
    }
    Ok(removed)
}

/// Damage that no sweep mends: each is named in the log, for the operator to bring back from a copy.
async fn count_missing(college: CollegeId, app: &App) -> Result<usize, Refusal> {
    let mut missing = 0;
    let mut after = Vec::new();
    loop {
        let mut tx = app.database.tenant(college).await?;
        let named = next_named(&after, &mut tx).await?;
        tx.commit().await?;
        let Some(last) = named.last() else { return Ok(missing) };
        after.clone_from(last);
        for sha256 in &named {
            let digest = digest(sha256)?;
            if !app.blobs.exists(college, digest).await.map_err(Refusal::internal)? {
                missing += 1;
                tracing::error!(%college, %digest, "a row names a file that is not there");
            }
        }
    }
}

async fn next_named(after: &[u8], tx: &mut TenantTx) -> Result<Vec<Vec<u8>>, Refusal> {
    let most = i64::try_from(CHUNK).map_err(Refusal::internal)?;
    Ok(tx.named_files(after, most).await?)
}

fn digest(sha256: &[u8]) -> Result<Digest, Refusal> {
    let sha256 = sha256
        .try_into()
        .map_err(|_| Refusal::internal(anyhow::anyhow!("a digest is not 32 octets long")))?;
    Ok(Digest(sha256))
}
