//! `hub key …`: a college's signing keys, by whoever runs the hub. The same use cases as over HTTP.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::{seals, wire};
use crate::app::keys::{self, Acting, Affected, Operator};
use crate::app::rows::KeyRow;
use crate::app::{App, colleges, confirmations};
use crate::config::Settings;
use crate::domain::ids::{CollegeId, ConfirmationId, KeyId};
use crate::domain::key::KeyPurpose;
use crate::keystore::MissingMasterKey;

/// What to do with a college's signing keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Every key of a college, with its state.
    List {
        /// Slug of the college.
        #[arg(long)]
        college: String,
    },
    /// Make a key that waits to be put to use.
    Create {
        #[command(flatten)]
        who: Who,
        /// What it will sign.
        #[arg(long)]
        purpose: Purpose,
    },
    /// Take a key for documents, with its certificates, from a PKCS#12 file. It waits to be put to use.
    Import {
        #[command(flatten)]
        who: Who,
        /// The file: .p12 or .pfx.
        file: PathBuf,
        /// A file with its password.
        #[arg(long)]
        password_file: PathBuf,
    },
    /// Print what a certifying authority needs to certify a key for documents that waits (PKCS#10).
    Request {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
    },
    /// Give a key that waits the certificate that an authority made for it.
    Certify {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
        /// PEM: the certificate and those above it.
        certificates: PathBuf,
    },
    /// Put a pending key to use; the one before it retires.
    Activate {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
    },
    /// Put a new key in the place of one that signs or is frozen.
    Rotate {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
    },
    /// Stop a key for good, with nothing in its place.
    Retire {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
    },
    /// Stop a key at once, on a suspicion.
    Freeze {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
        /// What is suspected.
        #[arg(long)]
        reason: String,
    },
    /// How much hangs on a key. Changes nothing.
    Affected {
        /// Slug of the college.
        #[arg(long)]
        college: String,
        /// The key: its id, or its name as `list` shows it.
        key: String,
    },
    /// Report that a key is in other hands: frozen at once, the rest once a person of the college confirms.
    Compromise {
        #[command(flatten)]
        who: Who,
        /// The key: its id, or its name as `list` shows it.
        key: String,
        /// Since when, RFC 3339: 2026-11-22T09:30:00Z.
        #[arg(long)]
        since: DateTime<Utc>,
        /// Why, in words for everybody: published in keys.json.
        #[arg(long)]
        reason: String,
        /// How many credentials are affected, as `affected` says.
        #[arg(long)]
        credentials: i64,
        /// How many portfolios are affected, as `affected` says.
        #[arg(long)]
        portfolios: i64,
    },
    /// Confirm what a person of the college asked for, where it has no second person.
    Confirm {
        #[command(flatten)]
        who: Who,
        /// Its id; without one, what waits is listed.
        confirmation: Option<Uuid>,
        /// What there is to say.
        #[arg(long)]
        comment: Option<String>,
    },
    /// Open the seal of every key of the hub and have each key sign; fails where one cannot, and names it.
    VerifySeals,
    /// Seal every key of the hub anew under another master key: all of them or none. Stop the hub first.
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

/// Who acts, on what college.
#[derive(Args)]
pub struct Who {
    /// Slug of the college.
    #[arg(long)]
    college: String,
    /// Your name: it stands in the record of what was done.
    #[arg(long)]
    operator: String,
}

/// What a key signs.
#[derive(Clone, Copy, ValueEnum)]
pub enum Purpose {
    /// Credentials, portfolios and their status lists.
    Credentials,
    /// PDF files.
    Documents,
    /// The issuance log.
    Log,
}

/// Do it.
pub(super) async fn execute(command: KeyCommand, settings: Settings) -> anyhow::Result<()> {
    let app = wire::assemble(&settings, MissingMasterKey::Refuse).await?;
    let done = act(command, &settings, &app).await;
    app.close().await;
    done
}

async fn act(command: KeyCommand, settings: &Settings, app: &Arc<App>) -> anyhow::Result<()> {
    match command {
        KeyCommand::List { college } => {
            let acting = operator("reader", &college, app).await?;
            keys::list(&acting, app).await?.iter().for_each(show);
        }
        KeyCommand::Create { who, purpose } => {
            let acting = who.acting(app).await?;
            show(&keys::create(purpose.into(), &acting, app).await?);
        }
        KeyCommand::Import { who, file, password_file } => {
            let acting = who.acting(app).await?;
            let bytes = std::fs::read(&file).with_context(|| format!("{}", file.display()))?;
            let password = std::fs::read_to_string(&password_file)
                .with_context(|| format!("{}", password_file.display()))?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            show(&keys::import(bytes, password, &acting, app).await?);
        }
        KeyCommand::Request { who, key } => {
            let (acting, key) = who.with(&key, app).await?;
            print!("{}", keys::request(key.id.into(), &acting, app).await?);
        }
        KeyCommand::Certify { who, key, certificates } => {
            let (acting, key) = who.with(&key, app).await?;
            let pem = std::fs::read_to_string(&certificates)
                .with_context(|| format!("{}", certificates.display()))?;
            show(&keys::certify(key.id.into(), key.version, &pem, &acting, app).await?);
        }
        KeyCommand::Activate { who, key } => {
            let (acting, key) = who.with(&key, app).await?;
            show(&keys::activate(key.id.into(), key.version, &acting, app).await?);
        }
        KeyCommand::Rotate { who, key } => {
            let (acting, key) = who.with(&key, app).await?;
            show(&keys::rotate(key.id.into(), key.version, &acting, app).await?);
        }
        KeyCommand::Retire { who, key } => {
            let (acting, key) = who.with(&key, app).await?;
            show(&keys::retire(key.id.into(), key.version, &acting, app).await?);
        }
        KeyCommand::Freeze { who, key, reason } => {
            let (acting, key) = who.with(&key, app).await?;
            show(&keys::freeze(key.id.into(), key.version, &reason, &acting, app).await?);
        }
        KeyCommand::Affected { college, key } => {
            let acting = operator("reader", &college, app).await?;
            let key = find(&key, &acting, app).await?;
            let affected = keys::affected(KeyId(key.id), &acting, app).await?;
            println!("{} credentials, {} portfolios", affected.credentials, affected.portfolios);
        }
        KeyCommand::Compromise { who, key, since, reason, credentials, portfolios } => {
            let (acting, key) = who.with(&key, app).await?;
            let seen = Affected { credentials, portfolios };
            let (id, version) = (key.id.into(), key.version);
            let asked =
                keys::report_compromise(id, version, since, &reason, seen, &acting, app).await?;
            println!(
                "{} is frozen. Confirmation {} waits for a person of the college until {}.",
                key.kid, asked.id, asked.expires_at
            );
        }
        KeyCommand::Confirm { who, confirmation, comment } => {
            let acting = who.acting(app).await?;
            confirm(confirmation, comment.as_deref(), &acting, app).await?;
        }
        KeyCommand::VerifySeals => seals::verify(app).await?,
        KeyCommand::Rewrap { new_master_key_file } => {
            seals::rewrap(&new_master_key_file, &settings.master_key_file, app).await?;
        }
        KeyCommand::SweepHsm { delete } => seals::sweep_hsm(delete, app).await?,
    }
    Ok(())
}

async fn confirm(
    confirmation: Option<Uuid>,
    comment: Option<&str>,
    acting: &Acting,
    app: &App,
) -> anyhow::Result<()> {
    let Some(id) = confirmation.map(ConfirmationId) else {
        for waiting in confirmations::list(acting, app).await? {
            let Some(facts) = waiting.now else { continue };
            let row = waiting.row;
            println!("{}  {}  {}  {facts}  “{}”", row.id, row.kind, row.details, row.reason);
        }
        return Ok(());
    };
    let seen = confirmations::read(id, acting, app).await?;
    let done = confirmations::confirm(id, seen.row.version, comment, acting, app).await?;
    println!("{} {}", done.row.kind, done.row.outcome.unwrap_or_default());
    Ok(())
}

impl Who {
    async fn acting(&self, app: &App) -> anyhow::Result<Acting> {
        operator(&self.operator, &self.college, app).await
    }

    async fn with(&self, key: &str, app: &App) -> anyhow::Result<(Acting, KeyRow)> {
        let acting = self.acting(app).await?;
        let key = find(key, &acting, app).await?;
        Ok((acting, key))
    }
}

async fn operator(name: &str, slug: &str, app: &App) -> anyhow::Result<Acting> {
    let college =
        colleges::show(slug, app).await.with_context(|| format!("there is no college {slug}"))?;
    Ok(Acting::Operator(Operator::new(name, CollegeId(college.row.id))?))
}

async fn find(key: &str, acting: &Acting, app: &App) -> anyhow::Result<KeyRow> {
    let keys = keys::list(acting, app).await?;
    let found = keys.into_iter().find(|row| row.kid == key || row.id.to_string() == key);
    match found {
        Some(row) => Ok(row),
        None => bail!("the college has no key {key}; `hub key list` shows them"),
    }
}

fn show(row: &KeyRow) {
    println!("{}  {:11}  {:11}  {}", row.id, row.purpose, row.state, row.kid);
}

impl From<Purpose> for KeyPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Credentials => Self::Credentials,
            Purpose::Documents => Self::Documents,
            Purpose::Log => Self::Log,
        }
    }
}
