//! The audit, line by line, as long as somebody reads.

use futures_util::Stream;
use futures_util::stream;

use super::file::{Beginning, entry_line};
use super::reach_of;
use crate::app::{App, Refusal, issuance_log};
use crate::domain::member::Caller;
use crate::storage::{AuditReach, Database, EntryFilter};

/// How many entries are read at a time.
const PAGE: i64 = 1_000;

/// An export that has begun.
pub struct Export {
    /// What a file of it is called.
    pub name: String,
    first: String,
    place: Reading,
}

/// Where it is.
struct Reading {
    database: Database,
    caller: Caller,
    filter: EntryFilter,
    reach: AuditReach,
    at: i64,
    end: i64,
}

/// Begin an export of what the caller may read. It ends where the audit ends now.
pub async fn export(filter: EntryFilter, caller: &Caller, app: &App) -> Result<Export, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    // First the checkpoint: it covers no more than the head that is read after it.
    let signed = issuance_log::last_signed(&mut tx, app).await?;
    let head = tx.audit_head().await?;
    tx.commit().await?;
    let mut first = Beginning::new(caller.college, signed.origin, &head);
    (first.checkpoint, first.key) = signed.note.unzip();
    let place = Reading {
        database: app.database.clone(),
        caller: caller.clone(),
        filter,
        reach: reach_of(caller),
        at: 0,
        end: head.size,
    };
    Ok(Export { name: format!("audit-{}.jsonl", signed.slug), first: first.line(), place })
}

impl Export {
    /// Its lines, in pieces. Each is read when it is wanted, in a transaction of its own: who reads slowly holds nothing.
    pub fn pieces(self) -> impl Stream<Item = Result<String, Refusal>> + Send + 'static {
        let first = stream::once(async move { Ok(self.first) });
        let rest = stream::try_unfold(self.place, |mut place| async move {
            if place.at >= place.end {
                return Ok(None);
            }
            let piece = place.next().await?;
            Ok(Some((piece, place)))
        });
        stream::StreamExt::chain(first, rest)
    }
}

impl Reading {
    async fn next(&mut self) -> Result<String, Refusal> {
        let mut tx = self.database.tenant(self.caller.college).await?;
        let most = PAGE.min(self.end - self.at);
        let rows = tx.entries_after(self.at, &self.filter, &self.reach, most).await?;
        tx.commit().await?;
        let Some(last) = rows.last() else {
            return Err(Refusal::internal(anyhow::anyhow!("the audit ends before its head")));
        };
        self.at = last.entry.seq;
        Ok(rows.iter().map(entry_line).collect())
    }
}
