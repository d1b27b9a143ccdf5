//! `hub key`: what whoever runs the hub does with keys.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::seals;
use crate::config::Settings;

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Open the seal of every key and have each key sign; fails where one cannot, and names it.
    VerifySeals,
    /// Seal every key anew under another master key: all of them or none. Stop the hub first.
    Rewrap {
        /// The new master key; made where there is no such file.
        #[arg(long)]
        new_master_key_file: PathBuf,
    },
    /// List private keys that are left over in the hardware module.
    SweepHsm {
        /// Remove them.
        #[arg(long)]
        delete: bool,
    },
}

/// Do it.
pub(super) async fn execute(command: KeyCommand, settings: &Settings) -> anyhow::Result<ExitCode> {
    match command {
        KeyCommand::VerifySeals => return seals::verify(settings).await,
        KeyCommand::Rewrap { new_master_key_file } => {
            seals::rewrap(&new_master_key_file, settings).await?;
        }
        KeyCommand::SweepHsm { delete } => seals::sweep_hsm(delete, settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}
