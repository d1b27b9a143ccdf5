//! Who hears of what happens to keys: the college's key managers and admins, the one who acted too.

use crate::app::notifications::notify;
use crate::app::{App, Refusal};
use crate::domain::member::Role;
use crate::storage::TenantTx;

/// Those who answer for keys.
pub(crate) const KEY_ROLES: [&str; 2] = [Role::KeyManager.as_str(), Role::CollegeAdmin.as_str()];

/// Tell everybody who answers for keys.
pub(crate) async fn everybody(
    kind: &str,
    text: &str,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    for member in tx.holders(&KEY_ROLES, app.now()).await? {
        notify(member, kind, text.to_owned(), None, tx, app).await?;
    }
    Ok(())
}

/// Tell everybody who answers for keys that approvals wait for one; who has not read it yet is not told again.
pub(super) async fn credentials_wait(tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    const KIND: &str = "credentials_wait";
    for member in tx.holders(&KEY_ROLES, app.now()).await? {
        if !tx.has_unread(member, KIND).await? {
            let text = "An approved achievement waits for its signature: the college has no active key for credentials.";
            notify(member, KIND, text.to_owned(), None, tx, app).await?;
        }
    }
    Ok(())
}
