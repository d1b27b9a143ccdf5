//! Issuing for a college's own software: by the same guarded path as an approval.

use std::sync::Arc;

use chrono::SubsecRound;
use serde_json::{Value, json};

use crate::app::issue::issuer_facts;
use crate::app::record::{Actor, Happening, record};
use crate::app::service_accounts::ServiceAccount;
use crate::app::{App, Refusal, keys, status_lists};
use crate::credential::build::{ServiceFacts, service_credential};
use crate::credential::lint::{Kind, LintFacts, lint};
use crate::credential::proof::{self, ProofOptions, ToBeSigned};
use crate::domain::achievement::RevokeReason;
use crate::domain::ids::CredentialId;
use crate::domain::member::Caller;
use crate::domain::text::paragraphs;
use crate::storage::{
    NewRecord, NewServiceCredential, ServiceCredentialRow, StatusListKind, TenantTx,
};

/// Complete, check, sign and keep an achievement credential. Answers the signed document.
///
/// # Errors
/// `Invalid` with the lint's word for a draft that is not of the hub's profile; `Conflict` where the college has no
/// active key.
pub async fn issue(body: Value, account: ServiceAccount, app: &Arc<App>) -> Result<Value, Refusal> {
    let draft = body.get("credential").cloned().ok_or_else(|| {
        Refusal::field("credential", "required", "The credential to be issued is missing.")
    })?;
    let hub = app.clone();
    app.act(async move {
        let mut tx = hub.database.tenant(account.college()).await?;
        let signed = issue_in(draft, account, &mut tx, &hub).await?;
        tx.commit().await?;
        Ok(signed)
    })
    .await
}

/// Revoke a credential that software of the college had issued.
pub async fn revoke(
    id: CredentialId,
    reason: RevokeReason,
    text: &str,
    caller: &Caller,
    app: &App,
) -> Result<ServiceCredentialRow, Refusal> {
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
    tx.commit().await?;
    Ok(revoked)
}

async fn issue_in(
    draft: Value,
    account: ServiceAccount,
    tx: &mut TenantTx,
    app: &App,
) -> Result<Value, Refusal> {
    let college = tx.own_college().await?;
    let did = app.public_url.did(&college.slug);
    let id = CredentialId(app.public_id());
    let created_at = app.now().trunc_subsecs(0);
    let place = status_lists::draw_index(StatusListKind::Achievements, tx, app).await?;
    let document = service_credential(
        draft,
        &ServiceFacts {
            id: app.public_url.credential(&college.slug, id.0),
            issuer: issuer_facts(&college, app),
            valid_from: created_at,
            status: status_lists::facts(&college.slug, StatusListKind::Achievements, place, app)?,
        },
    )
    .map_err(|error| Refusal::field("credential", error.code(), error.to_string()))?;
    let facts = LintFacts { issuer_did: did.clone(), kind: Kind::Achievement };
    let linted = lint(document, &facts)
        .map_err(|error| Refusal::field("credential", error.code(), error.to_string()))?;

    let key = tx.hold_active_key(keys::CREDENTIALS).await?;
    let key = key.ok_or(Refusal::Conflict("The college has no active key to sign with."))?;
    status_lists::ensure_published(StatusListKind::Achievements, place.0, tx, app).await?;
    let options =
        ProofOptions { verification_method: format!("{did}#{}", key.kid), created: created_at };
    let prepared = linted.prepare(&options).map_err(Refusal::internal)?;
    let to_be_signed = prepared.to_bytes();
    tx.insert_service_credential(&NewServiceCredential {
        id,
        account: account.id(),
        place,
        key: key.id.into(),
        to_be_signed: &to_be_signed,
        created_at,
    })
    .await?;
    // What is signed is what stands in the row.
    let prepared = ToBeSigned::from_bytes(&to_be_signed).map_err(Refusal::internal)?;
    let signatures = keys::sign(&key, tx.college(), &prepared.messages(), app)?;
    let signed = prepared
        .attach(&status_lists::pair(&signatures)?, &keys::ed25519_public(&key.public_key)?)
        .map_err(Refusal::internal)?;
    let now = app.now();
    tx.keep_service_credential(id, &signed.to_string(), now).await?;
    tx.count_signatures(key.id.into(), 2, now).await?;
    let facts = json!({ "credential": id, "account": account.id() });
    record(Happening::in_college("service_credential_issued", facts), Actor::HUB, tx, app).await?;
    // Last: whoever notes documents of this college waits for it until the transaction ends.
    let issued = NewRecord {
        document: id.0,
        generation: 1,
        kind: "achievement",
        record_hash: proof::record_hash(&signed),
    };
    tx.record_issues(&[issued], now).await?;
    Ok(signed)
}
