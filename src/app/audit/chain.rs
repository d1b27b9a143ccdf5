//! The chain, computed anew from its entries and compared with what was kept and what was signed.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

use super::{WORDS_ERASED, whole_reach};
use crate::app::Refusal;
use crate::domain::audit::Head;
use crate::storage::{EntryFilter, EntryRow, TenantTx};

/// How many entries are read at a time.
const PAGE: i64 = 5_000;

/// Something in the audit that only an edit past the hub can have made. Names the first place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A place without an entry.
    #[error("events: no entry stands at place {0} of the audit")]
    Missing(i64),
    /// An entry that is not the one that followed on the entry before.
    #[error(
        "events: the entry at place {seq} of the audit ({id}) is not the one that was recorded there"
    )]
    Changed {
        /// Its place.
        seq: i64,
        /// Its id.
        id: Uuid,
    },
    /// Text or data that are not those that the entry was made of.
    #[error(
        "events: what the entry at place {seq} of the audit ({id}) says is not what was recorded"
    )]
    Words {
        /// Its place.
        seq: i64,
        /// Its id.
        id: Uuid,
    },
    /// Words that went, and no erasure took them.
    #[error(
        "events: what the entry at place {0} of the audit said is gone, and no erasure names it"
    )]
    Erased(i64),
    /// An entry that the head does not know.
    #[error("events: an entry stands at place {0}, behind the end of the audit")]
    Extra(i64),
    /// The head is gone, or is not the hash of its last entry.
    #[error("audit_chains: the head is not that of the entry at place {0} of the audit")]
    Head(i64),
    /// The chain is shorter than what was signed.
    #[error(
        "audit_chains: the audit holds {held} entries, but checkpoint {checkpoint} was signed over {signed}"
    )]
    Shrunk {
        /// Entries by the head's row.
        held: i64,
        /// Entries by the checkpoint.
        signed: i64,
        /// Which one.
        checkpoint: i64,
    },
    /// The chain fits together, and not with what was signed.
    #[error(
        "events: an entry from place {from} to {to} of the audit is not what checkpoint {checkpoint} was signed over; every hash from there on was made anew"
    )]
    Rewritten {
        /// The first checkpoint that does not agree.
        checkpoint: i64,
        /// The first place that the checkpoint before does not cover.
        from: i64,
        /// The last place that this one covers.
        to: i64,
    },
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Entries.
    pub entries: u64,
    /// Those whose words were erased.
    pub erased: u64,
}

/// Check the whole chain, and what each checkpoint says of it, in the order of signing.
pub(crate) async fn check(
    signed: &[(i64, Head)],
    tx: &mut TenantTx,
) -> Result<Result<Seen, ChainFault>, Refusal> {
    let end = tx.audit_head().await?;
    if let Some((checkpoint, head)) = signed.iter().find(|(_, head)| head.size > end.size) {
        let (held, signed, checkpoint) = (end.size, head.size, *checkpoint);
        return Ok(Err(ChainFault::Shrunk { held, signed, checkpoint }));
    }
    let mut walk = Walk::from(Head::of_nothing(tx.college()));
    let mut unmet = signed.iter().peekable();
    let mut covered = 0;
    loop {
        let page = page_after(walk.head.size, tx).await?;
        for row in &page {
            if row.entry.seq > end.size {
                return Ok(Err(ChainFault::Extra(row.entry.seq)));
            }
            if let Err(fault) = walk.step(row) {
                return Ok(Err(fault));
            }
            while let Some((checkpoint, head)) =
                unmet.next_if(|(_, head)| head.size == walk.head.size)
            {
                if walk.head != *head {
                    let (checkpoint, from, to) = (*checkpoint, covered + 1, head.size);
                    return Ok(Err(ChainFault::Rewritten { checkpoint, from, to }));
                }
                covered = head.size;
            }
        }
        if page.is_empty() {
            break;
        }
    }
    Ok(walk.end_at(&end))
}

/// Check what was added since a head that was signed: before the next is.
pub(crate) async fn check_growth(
    from: Head,
    to: &Head,
    tx: &mut TenantTx,
) -> Result<Result<(), ChainFault>, Refusal> {
    let mut walk = Walk::from(from);
    while walk.head.size < to.size {
        let page = page_after(walk.head.size, tx).await?;
        if page.is_empty() {
            break;
        }
        for row in page.iter().take_while(|row| row.entry.seq <= to.size) {
            if let Err(fault) = walk.step(row) {
                return Ok(Err(fault));
            }
        }
    }
    // An erasure may be of entries that were signed long ago.
    walk.erased.clear();
    Ok(walk.end_at(to).map(|_| ()))
}

async fn page_after(seq: i64, tx: &mut TenantTx) -> Result<Vec<EntryRow>, Refusal> {
    Ok(tx.entries_after(seq, &EntryFilter::default(), &whole_reach(), PAGE).await?)
}

/// How far the chain was followed.
struct Walk {
    head: Head,
    /// Places without words, until an erasure names them.
    erased: BTreeMap<i64, Uuid>,
    seen: Seen,
}

#[derive(Deserialize)]
struct Erasure {
    entries: Vec<i64>,
}

impl From<Head> for Walk {
    fn from(head: Head) -> Self {
        Self { head, erased: BTreeMap::new(), seen: Seen::default() }
    }
}

impl Walk {
    fn step(&mut self, row: &EntryRow) -> Result<(), ChainFault> {
        let (entry, seq, id) = (&row.entry, row.entry.seq, row.entry.id);
        if seq != self.head.size + 1 {
            return Err(ChainFault::Missing(self.head.size + 1));
        }
        let next = self.head.after(&entry.digest());
        if next.hash != row.hash {
            return Err(ChainFault::Changed { seq, id });
        }
        self.head = next;
        self.seen.entries += 1;
        match &entry.words {
            Some(words) if words.commitment() != entry.words_hash => {
                return Err(ChainFault::Words { seq, id });
            }
            Some(words) if entry.kind == WORDS_ERASED => {
                let named: Option<Erasure> = serde_json::from_str(&words.data).ok();
                for place in named.into_iter().flat_map(|named| named.entries) {
                    self.erased.remove(&place);
                }
            }
            Some(_) => {}
            None => {
                self.seen.erased += 1;
                self.erased.insert(seq, id);
            }
        }
        Ok(())
    }

    fn end_at(self, end: &Head) -> Result<Seen, ChainFault> {
        if self.head.size < end.size {
            return Err(ChainFault::Missing(self.head.size + 1));
        }
        if self.head != *end {
            return Err(ChainFault::Head(self.head.size));
        }
        match self.erased.keys().next() {
            Some(place) => Err(ChainFault::Erased(*place)),
            None => Ok(self.seen),
        }
    }
}
