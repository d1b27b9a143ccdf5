//! What waits for a reviewer.

use chrono::{DateTime, Duration, Utc};

use super::{App, Refusal};
use crate::domain::member::{Reviewer, Role};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::storage::{AchievementFilter, AchievementRow, QueueStats, ReviewScope};

/// Numbers on top of the queue.
#[derive(Clone, Debug)]
pub struct ReviewStats {
    /// What waits, by category.
    pub queue: QueueStats,
    /// Decisions of this reviewer in the last 24 hours.
    pub decided_today: i64,
}

/// What waits in the reviewer's scope for them, oldest first; never their own or their team's.
pub async fn queue(
    filter: AchievementFilter,
    page: PageRequest,
    reviewer: &Reviewer,
    app: &App,
) -> Result<Page<AchievementRow>, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let member = reviewer.member();
    let rows = tx.queue(&scope(reviewer), member, &filter, &page, app.now()).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor {
        micros: row.submitted_at.map_or(0, |at: DateTime<Utc>| at.timestamp_micros()),
        id: row.id,
    }))
}

/// How much waits, since when, and what was done today.
pub async fn stats(reviewer: &Reviewer, app: &App) -> Result<ReviewStats, Refusal> {
    let mut tx = app.database.tenant(reviewer.college()).await?;
    let queue = tx.queue_stats(&scope(reviewer), reviewer.member(), app.now()).await?;
    let decided_today =
        tx.count_decisions(reviewer.member(), app.now() - Duration::hours(24)).await?;
    tx.commit().await?;
    Ok(ReviewStats { queue, decided_today })
}

/// What a reviewer's grants reach.
pub(crate) fn scope(reviewer: &Reviewer) -> ReviewScope {
    ReviewScope {
        all: reviewer.whole_college(),
        departments: reviewer.departments(),
        categories: reviewer.categories(),
        events: reviewer.events(),
        no_academic: reviewer.role() == Role::Organizer,
        approved_only: false,
    }
}
