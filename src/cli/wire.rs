//! Puts the parts together, as the settings say.

use std::sync::Arc;

use anyhow::Context;

use super::clock;
use crate::app::{App, Parts, PublicUrl};
use crate::blobs::Blobs;
use crate::config::Settings;
use crate::http::TrustedProxies;
use crate::keystore::{HsmSettings, Keystore, MissingMasterKey};
use crate::mailer::{Mailer, SmtpSettings};
use crate::push::Pusher;
use crate::renderer::Renderer;
use crate::storage::{Database, DatabaseSettings};
use crate::timestamper::Timestamper;

/// Where the database is; an error says what to do.
pub(super) fn database_settings(settings: &Settings) -> anyhow::Result<DatabaseSettings> {
    let url = settings
        .database_url
        .clone()
        .context("HUB_DATABASE_URL is not set: name a Postgres, or let `hub run` start one")?;
    Ok(DatabaseSettings {
        url,
        admin_url: settings.database_admin_url.clone(),
        connections: settings.database_connections,
        pooled: settings.database_pooled,
    })
}

/// Bring the database to this version.
pub(super) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    Ok(Database::migrate(&database_settings(settings)?).await?)
}

/// The hub, ready to serve. A master key is made only where `missing` says so.
pub(super) async fn assemble(
    settings: &Settings,
    missing: MissingMasterKey,
) -> anyhow::Result<Arc<App>> {
    let public_url = PublicUrl::parse(&settings.public_url()).map_err(anyhow::Error::msg)?;
    let database = Database::connect(&database_settings(settings)?).await?;
    database.check_migrated().await?;
    let keystore = keystore(settings, missing)?;
    let blobs = Blobs::open(settings.data_dir.join("files"))
        .await
        .with_context(|| format!("cannot use {}", settings.data_dir.display()))?;
    let program = std::env::current_exe()
        .context("cannot find this program, to start render workers from it")?;
    App::assemble(Parts {
        database,
        keystore,
        blobs,
        mailer: mailer(settings)?,
        pusher: Pusher::public(),
        renderer: Renderer::start(program, settings.render_workers),
        timestamper: timestamper(settings)?,
        public_url,
        clock: clock::now,
    })
    .await
}

/// Whose `X-Forwarded-For` is believed.
pub(super) fn trusted_proxies(settings: &Settings) -> anyhow::Result<TrustedProxies> {
    settings.trusted_proxies.parse().context("HUB_TRUSTED_PROXIES")
}

/// Whose word on the time counts, and whom to ask.
pub(super) fn timestamper(settings: &Settings) -> anyhow::Result<Option<Timestamper>> {
    match (&settings.tsa_url, &settings.tsa_ca_file) {
        (url, Some(file)) => Ok(Some(Timestamper::open(url.as_deref(), file)?)),
        (Some(_), None) => anyhow::bail!(
            "HUB_TSA_URL is set and HUB_TSA_CA_FILE is not: without its certificates, the authority's word cannot be checked"
        ),
        (None, None) => Ok(None),
    }
}

/// Private keys: the master key and, where the settings name one, the hardware module.
fn keystore(settings: &Settings, missing: MissingMasterKey) -> anyhow::Result<Keystore> {
    let keystore = Keystore::open(&settings.master_key_file, missing).with_context(|| {
        format!("cannot use the master key {}", settings.master_key_file.display())
    })?;
    match hsm_settings(settings)? {
        Some(hsm) => keystore.with_hsm(&hsm).context("cannot use the hardware module"),
        None => Ok(keystore),
    }
}

/// The hardware module, as the keystore takes it.
pub(super) fn hsm_settings(settings: &Settings) -> anyhow::Result<Option<HsmSettings>> {
    let named = settings.pkcs11()?;
    Ok(named.map(|named| HsmSettings {
        module: named.module.to_owned(),
        token: named.token.to_owned(),
        pin_file: named.pin_file.to_owned(),
    }))
}

fn mailer(settings: &Settings) -> anyhow::Result<Mailer> {
    match &settings.smtp_url {
        Some(url) => {
            Ok(Mailer::smtp(&SmtpSettings { url: url.clone(), from: settings.mail_from.clone() })?)
        }
        None => Ok(Mailer::folder(settings.data_dir.join("mails"))),
    }
}
