//! `hub check-config`: what the settings are, without secrets.

use std::path::PathBuf;

use anyhow::Context;

use super::wire;
use crate::app::PublicUrl;
use crate::config::{NAMES, Settings};
use crate::keystore::Keystore;

/// Print them; fails where one cannot be used.
pub(super) fn check(settings: &Settings) -> anyhow::Result<()> {
    PublicUrl::parse(&settings.public_url()).map_err(anyhow::Error::msg)?;
    wire::timestamper(settings)?;
    wire::trusted_proxies(settings)?;
    let set =
        |value: &Option<String>| if value.is_some() { "(set)" } else { "(not set)" }.to_owned();
    let path = |value: &Option<PathBuf>| {
        value.as_ref().map_or_else(|| "(not set)".to_owned(), |path| path.display().to_string())
    };
    for name in NAMES {
        let value = match name {
            "listen" => settings.listen.to_string(),
            "metrics_listen" => settings
                .metrics_listen
                .map_or_else(|| "(not set)".to_owned(), |address| address.to_string()),
            "trusted_proxies" => settings.trusted_proxies.clone(),
            "public_url" => settings.public_url(),
            "data_dir" => settings.data_dir.display().to_string(),
            "master_key_file" => settings.master_key_file.display().to_string(),
            "pkcs11_module" => path(&settings.pkcs11_module),
            "pkcs11_token" => {
                settings.pkcs11_token.clone().unwrap_or_else(|| "(not set)".to_owned())
            }
            "pkcs11_pin_file" => path(&settings.pkcs11_pin_file),
            "database_url" => set(&settings.database_url),
            "database_admin_url" => set(&settings.database_admin_url),
            "database_pooled" => settings.database_pooled.to_string(),
            "database_connections" => settings.database_connections.to_string(),
            "postgres_binaries" => settings
                .postgres_binaries
                .as_ref()
                .map_or_else(|| "(newest installed)".to_owned(), |path| path.display().to_string()),
            "smtp_url" => set(&settings.smtp_url),
            "mail_from" => settings.mail_from.clone(),
            "tsa_url" => settings.tsa_url.clone().unwrap_or_else(|| "(not set)".to_owned()),
            "tsa_ca_file" => path(&settings.tsa_ca_file),
            "render_workers" => settings.render_workers.to_string(),
            "log" => settings.log.clone(),
            "log_json" => settings.log_json.to_string(),
            other => anyhow::bail!("the setting {other} has no line here"),
        };
        println!("{name:<22} {value:<32} HUB_{}", name.to_uppercase());
    }
    if let Some(hsm) = wire::hsm_settings(settings)? {
        Keystore::try_hsm(&hsm).context("cannot use the hardware module")?;
        println!("\nThe token {} is there and lets the hub in.", hsm.token);
    }
    Ok(())
}
