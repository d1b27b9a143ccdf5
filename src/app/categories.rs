//! The kinds of achievement of a college.

use super::{App, Refusal};
use crate::domain::member::Caller;
use crate::storage::CategoryRow;

/// Every category of the caller's college, in its order.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<CategoryRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.categories().await?;
    tx.commit().await?;
    Ok(rows)
}
