//! `hub college add`: a college with its first admin.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde::Deserialize;

use super::{demo, wire};
use crate::app::create_college::{NewCollege, NewDepartment, appoint_first_admin, create_college};
use crate::app::evidence_room;
use crate::app::papers::{self, PapersChange};
use crate::config::Settings;
use crate::domain::member::Language;
use crate::keystore::MissingMasterKey;
use crate::portfolio::sign::Level;

/// What to do with colleges.
#[derive(Subcommand)]
pub enum CollegeCommand {
    /// Add a college, its keys and its first admin, who invites everybody else.
    Add {
        /// TOML: slug, name, city, website, aishe_code, colour, departments = [{code, name, programmes = [["CODE", "Name"]]}].
        file: PathBuf,
        /// E-mail of the first admin.
        #[arg(long)]
        admin_email: String,
        /// Their name.
        #[arg(long)]
        admin_name: String,
        /// A file with their first password.
        #[arg(long)]
        admin_password_file: PathBuf,
    },
    /// What the college's documents show: seal, scanned signature, languages. What is left out stays as it was.
    Papers {
        /// The college: `ceg`.
        slug: String,
        /// Picture of the seal (PNG, JPEG or WebP, at most 1 MB).
        #[arg(long)]
        seal: Option<PathBuf>,
        /// Scanned signature of the signatory.
        #[arg(long)]
        signature: Option<PathBuf>,
        /// Languages in which the college gives out portfolios: `en,hi,ta`.
        #[arg(long, value_delimiter = ',')]
        languages: Option<Vec<Language>>,
        /// How far signatures are to carry: `B-B`, `B-T` (the usual one), `B-LT`, `B-LTA` (or `archive`).
        #[arg(long)]
        level: Option<Level>,
    },
    /// How much room the files of all its students have.
    Room {
        /// The college: `ceg`.
        slug: String,
        /// In GiB (2³⁰ octets).
        gibibytes: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollegeFile {
    slug: String,
    name: String,
    name_native: Option<String>,
    city: Option<String>,
    address: Option<String>,
    website: Option<String>,
    aishe_code: Option<String>,
    colour: Option<String>,
    signatory_name: Option<String>,
    signatory_title: Option<String>,
    footer: Option<String>,
    consent_version: String,
    consent_text: String,
    departments: Vec<DepartmentEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentEntry {
    code: String,
    name: String,
    programmes: Vec<(String, String)>,
}

/// Do it.
pub(super) async fn execute(command: CollegeCommand, settings: Settings) -> anyhow::Result<()> {
    match command {
        CollegeCommand::Add { file, admin_email, admin_name, admin_password_file } => {
            add(&file, &admin_email, &admin_name, &admin_password_file, settings).await
        }
        CollegeCommand::Papers { slug, seal, signature, languages, level } => {
            let picture = |path: Option<PathBuf>| {
                let read = |path: PathBuf| {
                    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
                };
                path.map(read).transpose()
            };
            let (seal, signature) = (picture(seal)?, picture(signature)?);
            let change = PapersChange { seal, signature, languages, level };
            let app = wire::assemble(&settings, MissingMasterKey::Refuse).await?;
            papers::change(&slug, change, &app).await?;
            println!("The papers of {slug} are set; portfolios show them from now on.");
            app.close().await;
            Ok(())
        }
        CollegeCommand::Room { slug, gibibytes } => {
            let app = wire::assemble(&settings, MissingMasterKey::Refuse).await?;
            evidence_room::change_in_all(&slug, i64::from(gibibytes) << 30, &app).await?;
            println!("The files of {slug} may take {gibibytes} GiB in all.");
            app.close().await;
            Ok(())
        }
    }
}

async fn add(
    file: &Path,
    admin_email: &str,
    admin_name: &str,
    admin_password_file: &Path,
    settings: Settings,
) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let entry: CollegeFile = config::Config::builder()
        .add_source(config::File::from_str(&text, config::FileFormat::Toml))
        .build()?
        .try_deserialize()
        .with_context(|| format!("{} does not describe a college", file.display()))?;
    let password = std::fs::read_to_string(admin_password_file)
        .with_context(|| format!("cannot read {}", admin_password_file.display()))?;
    let app = wire::assemble(&settings, MissingMasterKey::Create).await?;
    let slug = entry.slug.clone();
    let college = create_college(entry.into(), &app).await?;
    appoint_first_admin(admin_email, admin_name, password.trim(), college, &app).await?;
    println!("{slug} is there: {}", app.public_url().did(&slug));
    app.close().await;
    Ok(())
}

impl From<CollegeFile> for NewCollege {
    fn from(file: CollegeFile) -> Self {
        let department = |entry: DepartmentEntry| NewDepartment {
            code: entry.code,
            name: entry.name,
            programmes: entry.programmes,
        };
        Self {
            slug: file.slug,
            name: file.name,
            name_native: file.name_native,
            city: file.city,
            address: file.address,
            website: file.website,
            aishe_code: file.aishe_code,
            colour: file.colour,
            logo: None,
            signatory_name: file.signatory_name,
            signatory_title: file.signatory_title,
            footer: file.footer,
            consent_version: file.consent_version,
            consent_text: file.consent_text,
            departments: file.departments.into_iter().map(department).collect(),
            // The same kinds of achievement that the demo has; each college may change them.
            categories: demo::categories(),
        }
    }
}
