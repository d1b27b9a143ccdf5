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
use crate::domain::ids::CredentialId;
use crate::storage::{NewRecord, NewServiceCredential, StatusListKind, TenantTx};

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
