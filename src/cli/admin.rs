//! `hub admin add`: somebody who runs the hub, with a log-in of their own.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use super::wire;
use crate::app::admin::appoint_super_admin;
use crate::config::Settings;
use crate::keystore::MissingMasterKey;

/// What to do with those who run the hub.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Add somebody who creates, suspends and limits colleges over HTTP. Two are better than one: what looks like another
    /// college is released by somebody else than who asked.
    Add {
        /// Their e-mail.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// A file with their first password.
        #[arg(long)]
        password_file: PathBuf,
    },
}

/// Do it.
pub(super) async fn execute(command: AdminCommand, settings: Settings) -> anyhow::Result<()> {
    match command {
        AdminCommand::Add { email, name, password_file } => {
            let password = std::fs::read_to_string(&password_file)
                .with_context(|| format!("cannot read {}", password_file.display()))?;
            let app = wire::assemble(&settings, MissingMasterKey::Create).await?;
            appoint_super_admin(&email, &name, password.trim(), &app).await?;
            println!("{email} runs the hub now; log in at {}/app/", app.public_url().as_str());
            app.close().await;
            Ok(())
        }
    }
}
