//! Which log-in a college has of its own: set by its admins, the secret sealed.

use std::sync::Arc;

use serde_json::json;

use crate::app::record::{Happening, record};
use crate::app::refusal::Current;
use crate::app::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::ids::CollegeId;
use crate::domain::member::Caller;
use crate::domain::text;
use crate::keystore::SealedSecretRef;
use crate::oidc::Provider;
use crate::storage::{OidcProviderRow, SealedSecretRow, TenantTx};

/// What an admin sets.
#[derive(Clone)]
pub struct Settings {
    /// The provider's address.
    pub issuer: String,
    /// The hub's name there.
    pub client_id: String,
    /// The hub's secret there; the one that stands where left out.
    pub client_secret: Option<String>,
    /// Domains of addresses that count.
    pub email_domains: Vec<String>,
    /// Further hosts that its discovery document may name.
    pub hosts: Vec<String>,
    /// Which claim holds the address.
    pub email_claim: String,
    /// Which claim holds the roll number.
    pub roll_number_claim: Option<String>,
    /// Whether it opens anything.
    pub enabled: bool,
}

/// The caller's college's own log-in, without its secret.
///
/// # Errors
/// `NotFound` where it has none.
pub async fn read(caller: &Caller, app: &App) -> Result<OidcProviderRow, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let row = tx.oidc_provider().await?;
    tx.commit().await?;
    row.ok_or(Refusal::NotFound)
}

/// Set it, where it is of this version; 0 for the first time.
///
/// # Errors
/// `Invalid`, `Stale`.
pub async fn set(
    settings: Settings,
    version: i64,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<OidcProviderRow, Refusal> {
    let parsed = parse(settings, version, app)?;
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        let before = tx.oidc_provider().await?;
        let same_place = before.as_ref().filter(|before| before.issuer == parsed.row.issuer);
        let secret_id = match (parsed.client_secret, same_place) {
            (Some(secret), _) => seal(&secret, caller.college, &mut tx, &hub).await?,
            (None, Some(before)) => before.secret_id,
            // A secret is not sent to another place than the one it was given for.
            (None, None) => {
                return Err(Refusal::field("client_secret", "required", "Give the secret."));
            }
        };
        let row = OidcProviderRow { secret_id, ..parsed.row };
        if !tx.set_oidc_provider(&row).await? {
            return Err(stale(before.as_ref()));
        }
        if let Some(before) = before.filter(|before| before.secret_id != secret_id) {
            tx.delete_sealed_secret(before.secret_id).await?;
        }
        let facts = json!({ "issuer": row.issuer, "enabled": row.enabled, "email_domains": row.email_domains });
        record(Happening::in_college("login_changed", facts), (&caller).into(), &mut tx, &hub)
            .await?;
        let row = tx.oidc_provider().await?;
        tx.commit().await?;
        row.ok_or_else(|| Refusal::internal(anyhow::anyhow!("it was written a moment ago")))
    })
    .await
}

/// Take it away. Whoever came by it keeps the account, and chooses a password by mail.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn remove(caller: &Caller, app: &Arc<App>) -> Result<(), Refusal> {
    let (hub, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(caller.college).await?;
        let secret = tx.delete_oidc_provider().await?.ok_or(Refusal::NotFound)?;
        tx.delete_sealed_secret(secret).await?;
        let happening = Happening::in_college("login_removed", json!({}));
        record(happening, (&caller).into(), &mut tx, &hub).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// The college's log-in, where it is enabled, with its secret.
pub(super) async fn enabled(
    college: CollegeId,
    app: &App,
) -> Result<Option<(OidcProviderRow, Provider)>, Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let Some(row) = tx.oidc_provider().await?.filter(|row| row.enabled) else { return Ok(None) };
    let sealed = tx.sealed_secret(row.secret_id).await?;
    tx.commit().await?;
    let sealed =
        sealed.ok_or_else(|| Refusal::internal(anyhow::anyhow!("a log-in has no secret")))?;
    let sealed = SealedSecretRef {
        college,
        id: sealed.id,
        bytes: &sealed.sealed,
        version: u32::try_from(sealed.seal_version).map_err(Refusal::internal)?,
    };
    let secret = app.keystore.open_secret(&sealed).map_err(Refusal::internal)?;
    let provider = Provider {
        issuer: row.issuer.clone(),
        client_id: row.client_id.clone(),
        client_secret: String::from_utf8(secret.to_vec()).map_err(Refusal::internal)?,
        hosts: row.hosts.clone(),
    };
    Ok(Some((row, provider)))
}

struct Parsed {
    row: OidcProviderRow,
    client_secret: Option<String>,
}

fn parse(settings: Settings, version: i64, app: &App) -> Result<Parsed, Refusal> {
    let mut errors = FieldErrors::default();
    let issuer = settings.issuer.trim().to_owned();
    if let Err(error) = app.relying_party.check_issuer(&issuer) {
        errors.add("issuer", "not_allowed", error.to_string());
    }
    let client_id = errors.take("client_id", text::line(&settings.client_id, 1, 200));
    let email_claim = errors.take("email_claim", text::line(&settings.email_claim, 1, 60));
    let roll_number_claim = errors
        .take("roll_number_claim", text::optional_line(settings.roll_number_claim.as_deref(), 60));
    let email_domains = hosts_of(&settings.email_domains);
    if !matches!(email_domains.as_deref(), Some([_, ..])) {
        errors.add("email_domains", "malformed", "Name at least one domain, such as college.edu.");
    }
    let hosts = hosts_of(&settings.hosts);
    if hosts.is_none() {
        errors.add("hosts", "malformed", "Name hosts, such as keys.login.example.");
    }
    let client_secret = settings.client_secret.filter(|secret| !secret.is_empty());
    if client_secret.as_ref().is_some_and(|secret| secret.len() > 500) {
        errors.add("client_secret", "too_long", "At most 500 characters are allowed.");
    }
    let (
        Some(client_id),
        Some(email_claim),
        Some(roll_number_claim),
        Some(email_domains),
        Some(hosts),
        [],
    ) = (client_id, email_claim, roll_number_claim, email_domains, hosts, errors.0.as_slice())
    else {
        return Err(errors.into());
    };
    let row = OidcProviderRow {
        issuer,
        client_id,
        secret_id: uuid::Uuid::nil(),
        email_domains,
        hosts,
        email_claim,
        roll_number_claim,
        enabled: settings.enabled,
        version,
    };
    Ok(Parsed { row, client_secret })
}

/// Host names, in lower case; nothing where one is none.
fn hosts_of(typed: &[String]) -> Option<Vec<String>> {
    let host = |text: &String| {
        let text = text.trim().to_lowercase();
        let url = url::Url::parse(&format!("https://{text}/")).ok()?;
        let authority = url.port().map_or_else(
            || url.host_str().map(str::to_owned),
            |port| url.host_str().map(|host| format!("{host}:{port}")),
        );
        authority.filter(|authority| *authority == text && text.contains('.'))
    };
    (typed.len() <= 20).then(|| typed.iter().map(host).collect()).flatten()
}

async fn seal(
    secret: &str,
    college: CollegeId,
    tx: &mut TenantTx,
    app: &App,
) -> Result<uuid::Uuid, Refusal> {
    let id = app.row_id();
    let sealed = app.keystore.seal_secret(college, id, secret.as_bytes());
    let sealed = sealed.map_err(Refusal::internal)?;
    let row = SealedSecretRow {
        id,
        purpose: "oidc_client".to_owned(),
        sealed: sealed.bytes,
        seal_version: i32::try_from(sealed.version).map_err(Refusal::internal)?,
    };
    tx.insert_sealed_secret(&row).await?;
    Ok(id)
}

fn stale(before: Option<&OidcProviderRow>) -> Refusal {
    Refusal::Stale(Current {
        status: if before.is_some() { "set" } else { "none" },
        decided_by: None,
        decided_at: None,
        version: before.map_or(0, |before| before.version),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_perhaps_a_port() {
        let hosts = |typed: &[&str]| {
            hosts_of(&typed.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            hosts(&[" Keys.Login.example ", "login.example:8443"]),
            Some(vec!["keys.login.example".to_owned(), "login.example:8443".to_owned()])
        );
        for wrong in ["https://login.example", "login.example/path", "a b", "", "example", "x@y.z"]
        {
            assert_eq!(hosts(&[wrong]), None, "{wrong}");
        }
    }
}
