//! The parts a use case works with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;
use webauthn_rs::Webauthn;

use super::access_token::AccessTokens;
use super::college_list::KeptList;
use super::notifications::unsubscribe::Unsubscribe;
use super::passkeys;
use super::password::PasswordHasher;
use super::push::Pushing;
use super::receipts::Receipts;
use super::refusal::Refusal;
use crate::blobs::Blobs;
use crate::keystore::Keystore;
use crate::mailer::Mailer;
use crate::oidc::RelyingParty;
use crate::push::Pusher;
use crate::renderer::Renderer;
use crate::storage::Database;
use crate::timestamper::Timestamper;

/// What the hub is wired from; `main` makes it.
pub struct Parts {
    /// Postgres.
    pub database: Database,
    /// Private keys.
    pub keystore: Keystore,
    /// Evidence and portfolio bytes.
    pub blobs: Blobs,
    /// Mail.
    pub mailer: Mailer,
    /// The way to people's browsers.
    pub pusher: Pusher,
    /// Worker processes for documents and pictures.
    pub renderer: Renderer,
    /// Somebody outside to ask for the time; none where none is set.
    pub timestamper: Option<Timestamper>,
    /// The address of this hub as the world sees it.
    pub public_url: PublicUrl,
    /// Where time comes from.
    pub clock: fn() -> DateTime<Utc>,
}

/// The hub, shared by every request and job.
pub struct App {
    pub(crate) database: Database,
    pub(crate) keystore: Keystore,
    pub(crate) blobs: Blobs,
    pub(crate) mailer: Mailer,
    pub(crate) pushing: Pushing,
    pub(crate) unsubscribe: Unsubscribe,
    pub(crate) renderer: Renderer,
    pub(crate) timestamper: Option<Arc<Timestamper>>,
    pub(crate) public_url: PublicUrl,
    pub(crate) passwords: PasswordHasher,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) receipts: Receipts,
    pub(crate) college_list: KeptList,
    pub(crate) webauthn: Option<Webauthn>,
    pub(crate) relying_party: RelyingParty,
    clock: fn() -> DateTime<Utc>,
    acts: TaskTracker,
}

impl App {
    /// Put the parts together; makes the platform's own keys at the first start.
    ///
    /// Refused where the public address differs from the one that ids and DIDs were made of.
    pub async fn assemble(parts: Parts) -> anyhow::Result<Arc<Self>> {
        let fixed = parts.database.fix_setting("public_url", parts.public_url.as_str()).await?;
        anyhow::ensure!(
            fixed == parts.public_url.as_str(),
            "HUB_PUBLIC_URL is {} and this hub has issued documents as {fixed}: their ids can never change, so set it back",
            parts.public_url.as_str()
        );
        let access_tokens = AccessTokens::load(
            &parts.database,
            &parts.keystore,
            parts.public_url.as_str(),
            (parts.clock)(),
        )
        .await?;
        let did = parts.public_url.own_did();
        let receipts =
            Receipts::load(&parts.database, &parts.keystore, did, (parts.clock)()).await?;
        let now = (parts.clock)();
        let pushing = Pushing::load(parts.pusher, &parts.database, &parts.keystore, now).await?;
        let unsubscribe = Unsubscribe::load(&parts.database, &parts.keystore, now).await?;
        let relying_party =
            RelyingParty::new(&parts.public_url.oidc_callback(), !parts.public_url.is_secure())?;
        Ok(Arc::new(Self {
            relying_party,
            database: parts.database,
            keystore: parts.keystore,
            blobs: parts.blobs,
            mailer: parts.mailer,
            pushing,
            unsubscribe,
            renderer: parts.renderer,
            timestamper: parts.timestamper.map(Arc::new),
            webauthn: passkeys::open_relying_party(&parts.public_url),
            public_url: parts.public_url,
            passwords: PasswordHasher::for_this_machine(),
            access_tokens,
            receipts,
            college_list: KeptList::default(),
            clock: parts.clock,
            acts: TaskTracker::new(),
        }))
    }

    /// Now, in whole microseconds as the database keeps them.
    pub fn now(&self) -> DateTime<Utc> {
        let now = (self.clock)();
        DateTime::from_timestamp_micros(now.timestamp_micros()).expect("the present lies in range")
    }

    /// A fresh id whose order is that of time (UUIDv7, RFC 9562 §5.7), for rows.
    #[expect(clippy::disallowed_methods, reason = "the one place where row ids are made")]
    pub fn row_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// A fresh id that tells nothing (UUIDv4), for public addresses.
    #[expect(clippy::disallowed_methods, reason = "the one place where public ids are made")]
    pub fn public_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    /// 32 random octets, for tokens.
    #[expect(clippy::disallowed_methods, reason = "the one place where secrets are drawn")]
    pub fn random_bytes(&self) -> [u8; 32] {
        rand::random()
    }

    /// Run an act to its end even when its client leaves: axum drops a handler with its connection.
    pub async fn act<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.acts.spawn(act.in_current_span()).await.map_err(Refusal::internal)?
    }

    /// Wait until every act that was begun has ended.
    pub async fn finish_acts(&self) {
        self.acts.close();
        self.acts.wait().await;
        self.acts.reopen();
    }

    /// Whether the hub can do its work: the database answers and its schema is this version's, and so does the hardware
    /// module, where there is one.
    pub async fn check_ready(&self) -> anyhow::Result<()> {
        self.database.check_migrated().await?;
        self.keystore.check_hsm()?;
        Ok(())
    }

    /// How many jobs wait or gave up.
    pub async fn count_jobs(&self) -> Result<i64, Refusal> {
        Ok(self.database.count_jobs().await?)
    }

    /// Close the connections to the database, when everything else has ended.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// The address of this hub.
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }
}

/// The address of this hub as the world sees it; part of every id and DID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    authority: String,
}

impl PublicUrl {
    /// `https://host`, or `http://localhost:port` and `http://127.0.0.1:port` for demos; no path.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url =
            url::Url::parse(text).map_err(|error| format!("{text} is not an address: {error}"))?;
        let host = url.host_str().ok_or_else(|| format!("{text} names no host"))?.to_owned();
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1");
        if url.scheme() != "https" && !(url.scheme() == "http" && local) {
            return Err(format!("{text} must begin with https:// (http is for localhost only)"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{text} must not have a path"));
        }
        let authority = url.port().map_or(host.clone(), |port| format!("{host}:{port}"));
        Ok(Self { text: format!("{}://{authority}", url.scheme()), authority })
    }

    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host, with the port where it is not the scheme's.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is served with TLS.
    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// `did:web` of a college here (did:web method specification; the port as `%3A`).
    pub fn did(&self, slug: &str) -> String {
        crate::credential::issuer::did_web(&self.authority, slug)
    }

    /// `did:web` of the hub itself, which signs receipts.
    pub fn own_did(&self) -> String {
        crate::credential::issuer::did_web_of_hub(&self.authority)
    }

    /// Where a college's own log-in sends people back to.
    pub fn oidc_callback(&self) -> String {
        format!("{}/api/oidc/callback", self.text)
    }

    /// Public address of a credential.
    pub fn credential(&self, slug: &str, id: Uuid) -> String {
        format!("{}/colleges/{slug}/credentials/{id}", self.text)
    }

    /// Public address of a portfolio.
    pub fn portfolio(&self, slug: &str, id: Uuid) -> String {
        format!("{}/colleges/{slug}/portfolios/{id}", self.text)
    }

    /// Public address of the revocation list of an authority, by the name of its key.
    pub fn revocation_list(&self, slug: &str, kid: &str) -> String {
        format!("{}/colleges/{slug}/revoked/{kid}.crl", self.text)
    }

    /// Public address of a status list.
    pub fn status_list(&self, slug: &str, kind: &str, number: i32) -> String {
        format!("{}/colleges/{slug}/status/{kind}-{number}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_path_or_without_tls_is_refused() {
        assert!(PublicUrl::parse("https://hub.example/app").is_err());
        assert!(PublicUrl::parse("http://hub.example").is_err());
        assert_eq!(
            PublicUrl::parse("http://127.0.0.1:8080/").unwrap().as_str(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(PublicUrl::parse("https://hub.example:443").unwrap().authority(), "hub.example");
    }
}
