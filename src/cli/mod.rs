//! The commands of the `hub` binary.

mod admin;
mod audit;
pub mod bench;
mod check_config;
mod clock;
mod college;
mod conformance;
pub mod demo;
mod healthcheck;
mod key;
mod metrics;
mod openapi;
mod run;
mod seals;
mod serve;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{NAMES, Settings};

/// Smart Student Hub: achievements that colleges approve, sign and anybody can check.
#[derive(Parser)]
#[command(name = "hub", version)]
pub struct CommandLine {
    /// Settings file (TOML).
    #[arg(long, env = "HUB_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// A setting, over file and environment: `--set listen=127.0.0.1:9000`. Not for secrets: others see a command line.
    #[arg(long = "set", global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub settings: Vec<(String, String)>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Subcommand)]
pub enum Command {
    /// Start everything on this machine: Postgres, migrations, a demo at the first start, the hub.
    Run(run::RunOptions),
    /// Serve the hub; the database is there and migrated. Does jobs too, unless told not to.
    Serve(serve::ServeOptions),
    /// Do jobs only.
    Worker,
    /// Bring the database to this version.
    Migrate,
    /// Serve the W3C VC-API for the public test suites: a key of its own, no database, no log-in.
    Conformance(conformance::ConformanceOptions),
    /// Print the OpenAPI document.
    Openapi,
    /// Read the settings and say what they are, without secrets.
    CheckConfig,
    /// Ask a running hub whether it is ready.
    Healthcheck(healthcheck::HealthcheckOptions),
    /// Look for what was edited past the hub.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Measure the credential core, or what is issued many at a time, beside raw Ed25519.
    Bench(bench::BenchOptions),
    /// Manage those who run the hub.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Manage colleges.
    #[command(subcommand)]
    College(college::CollegeCommand),
    /// Manage a college's signing keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    match NAMES.contains(&name) {
        true => Ok((name.to_owned(), value.to_owned())),
        false => Err(format!("there is no setting `{name}`; `hub check-config` lists them")),
    }
}

/// Do what the command line says.
pub async fn execute(line: CommandLine, settings: Settings) -> anyhow::Result<ExitCode> {
    match line.command {
        Command::Run(options) => run::run(options, settings).await?,
        Command::Serve(options) => serve::serve(options, settings).await?,
        Command::Worker => serve::work(settings).await?,
        Command::Migrate => wire::migrate(&settings).await?,
        Command::Conformance(options) => conformance::serve(options).await?,
        Command::Openapi => openapi::print()?,
        Command::CheckConfig => check_config::check(&settings)?,
        Command::Healthcheck(options) => return healthcheck::check(options, &settings).await,
        Command::Audit(command) => return audit::execute(command, settings).await,
        Command::Bench(options) => bench::bench(&options).await?,
        Command::Admin(command) => admin::execute(command, settings).await?,
        Command::College(command) => college::execute(command, settings).await?,
        Command::Key(command) => key::execute(command, settings).await?,
    }
    Ok(ExitCode::SUCCESS)
}
