//! What a college asks of those who log in.

use std::sync::Arc;

use serde_json::json;

use super::record::{Happening, record};
use super::refusal::Current;
use super::{App, Refusal};
use crate::domain::member::Caller;
use crate::storage::PolicyRow;

/// What the caller's college asks for.
pub async fn read(caller: &Caller, app: &App) -> Result<PolicyRow, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.identity_policy().await?;
    tx.commit().await?;
    Ok(row)
}

/// Ask staff for a second factor, or no more. Roles of those without one are withheld from their next request on.
///
/// # Errors
/// `Conflict` where the caller themselves would be shut out; `Stale`.
pub async fn change(
    staff_second_factor: bool,
    version: i64,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<PolicyRow, Refusal> {
    let shown = caller.session.as_ref().is_some_and(|session| session.second_factor);
    if staff_second_factor && !shown {
        return Err(Refusal::Conflict(
            "Add a second factor to your own account first, and log in with it.",
        ));
    }
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        let changed = tx.set_identity_policy(staff_second_factor, version).await?;
        let row = tx.identity_policy().await?;
        if !changed {
            return Err(Refusal::Stale(Current {
                status: "changed",
                decided_by: None,
                decided_at: None,
                version: row.version,
            }));
        }
        let facts = json!({ "staff_second_factor": staff_second_factor });
        let happening = Happening::in_college("identity_policy_changed", facts);
        record(happening, (&caller).into(), &mut tx, &hub).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}
