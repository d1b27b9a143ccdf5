//! What software of a college had issued: listed and revoked by its people.

use serde_json::json;

use crate::app::record::{Happening, record};
use crate::app::{App, Refusal, status_lists};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::CredentialId;
use crate::domain::member::Caller;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::paragraphs;
use crate::storage::{ServiceCredentialFilter, ServiceCredentialRow, StatusListKind};

/// One of them, with its public address.
#[derive(Clone, Debug)]
pub struct IssuedCredential {
    /// As it stands.
    pub row: ServiceCredentialRow,
    /// Where anybody finds it.
    pub url: String,
}

/// A page of what software of the caller's college had issued, newest first.
pub async fn list(
    filter: ServiceCredentialFilter,
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<IssuedCredential>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.service_credentials(filter, &page).await?;
    let slug = tx.own_college().await?.slug;
    tx.commit().await?;
    let key = |row: &ServiceCredentialRow| Cursor {
        micros: row.created_at.timestamp_micros(),
        id: row.id,
    };
    Ok(Page::from_rows(rows, page.limit, key).map(|row| addressed(row, &slug, app)))
}

/// Revoke a credential that software of the college had issued.
pub async fn revoke(
    id: CredentialId,
    reason: RevokeReason,
    text: &str,
    caller: &Caller,
    app: &App,
) -> Result<IssuedCredential, Refusal> {
    let text = paragraphs(text, 2000)
        .map_err(|error| Refusal::field("text", error.code(), error.to_string()))?;
    if text.is_empty() {
        return Err(Refusal::field("text", "required", "Say why."));
    }
    let mut tx = app.database.tenant(caller.college).await?;
    let seen = tx.service_credential(id).await?.ok_or(Refusal::NotFound)?;
    if !tx.revoke_service_credential(id, caller.member, reason, &text, app.now()).await? {
        return Err(Refusal::InvalidTransition { allowed: Vec::new() });
    }
    let place = (seen.list_number, seen.list_index);
    status_lists::set_bit(StatusListKind::Achievements, place, &mut tx, app).await?;
    let facts = json!({ "reason": reason.as_str(), "credential": id });
    let happening = Happening::in_college("service_credential_revoked", facts);
    record(happening.saying(Some(&text)), caller.into(), &mut tx, app).await?;
    let revoked = tx.service_credential(id).await?.ok_or(Refusal::NotFound)?;
    let slug = tx.own_college().await?.slug;
    tx.commit().await?;
    Ok(addressed(revoked, &slug, app))
}

fn addressed(row: ServiceCredentialRow, slug: &str, app: &App) -> IssuedCredential {
    IssuedCredential { url: app.public_url.credential(slug, row.id), row }
}
