//! Who did what: read by those who may, checked from its first entry to its last, and taken along as a file.

pub(crate) mod chain;
mod export;
pub mod file;

use uuid::Uuid;

pub use chain::ChainFault;
pub use export::{Export, export};

use super::record::{Actor, Happening, record};
use super::{App, Refusal};
use crate::domain::ids::{AchievementId, MemberId};
use crate::domain::member::{Caller, Role, Scope};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::storage::{AuditReach, EntryFilter, EntryRow, TenantTx};

/// The kind of the entry that names what an erasure took out.
pub(crate) const WORDS_ERASED: &str = "words_erased";

/// Entries that the caller may read, newest first.
pub async fn list(
    filter: &EntryFilter,
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<EntryRow>, Refusal> {
    let before = page.after.map_or(i64::MAX, |cursor| cursor.micros);
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.entries_before(before, filter, &reach_of(caller), page.limit + 1).await?;
    tx.commit().await?;
    // The list is in the order of the chain: its place takes the time's part.
    let key = |row: &EntryRow| Cursor { micros: row.entry.seq, id: row.entry.id };
    Ok(Page::from_rows(rows, page.limit, key))
}

/// Take what was said and told of these achievements and this person out of the audit, for good. The entries stay, and
/// the chain holds.
pub async fn erase_words(
    achievements: &[AchievementId],
    person: MemberId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let mut entries = tx.erase_words(achievements, person).await?;
    entries.sort_unstable();
    let facts = serde_json::json!({ "entries": entries });
    record(Happening::in_college(WORDS_ERASED, facts), Actor::HUB, tx, app).await
}

/// What the table of roles gives (docs/workflow.md): one's own acts to everybody who may ask, the rest by role and scope.
fn reach_of(caller: &Caller) -> AuditReach {
    let mut reach = AuditReach {
        reader: caller.member,
        all: caller.has(Role::CollegeAdmin) || caller.has(Role::ReportCoordinator),
        keys: caller.has(Role::KeyManager),
        achievements: false,
        departments: Vec::new(),
        categories: Vec::new(),
    };
    let scoped = [Role::Faculty, Role::Head];
    for grant in caller.grants.iter().filter(|grant| scoped.contains(&grant.role)) {
        match grant.scope {
            Scope::College => reach.achievements = true,
            Scope::Department(id) => reach.departments.push(id.0),
            Scope::Category(id) => reach.categories.push(id.0),
            // Staff have no role for an event.
            Scope::Event(_) => {}
        }
    }
    reach
}

/// The hub itself, which checks everything.
fn whole_reach() -> AuditReach {
    AuditReach {
        reader: MemberId(Uuid::nil()),
        all: true,
        keys: true,
        achievements: true,
        departments: Vec::new(),
        categories: Vec::new(),
    }
}
