//! `hub run`: everything on this machine.

use std::sync::Arc;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{demo, metrics, serve, wire};
use crate::app::App;
use crate::config::Settings;
use crate::database::{EmbeddedPostgres, PostgresOptions};
use crate::keystore::MissingMasterKey;

/// How to run.
#[derive(Args)]
pub struct RunOptions {
    /// What to fill an empty hub with.
    #[arg(long, value_enum, default_value_t = DemoSize::Full)]
    demo: DemoSize,
}

/// How much of a demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemoSize {
    /// Two colleges with everything.
    Full,
    /// Two colleges with their people and a few achievements each, in seconds.
    Small,
    /// Nothing.
    None,
}

/// Start everything, and stop it together.
pub(super) async fn run(options: RunOptions, mut settings: Settings) -> anyhow::Result<()> {
    let stop = serve::stop_signal()?;
    // Before anything is made: a taken address should not cost a minute of demo.
    let listener = serve::listen(&settings).await?;
    let postgres = match settings.database_url {
        Some(_) => None,
        None => Some(start_postgres(&mut settings).await?),
    };
    let served = async {
        wire::migrate(&settings).await?;
        let app = wire::assemble(&settings, MissingMasterKey::Create).await?;
        let demo = tokio::select! {
            filled = demo::fill(options.demo, &app) => filled?,
            () = stop.cancelled() => anyhow::bail!("stopped before the demo was finished: remove {} to begin anew", settings.data_dir.display()),
        };
        welcome(&app, demo);
        metrics::show(&app, &settings, &stop).await?;
        let proxies = wire::trusted_proxies(&settings)?;
        let edge = serve::Edge { listener, proxies, demo };
        serve::serve_app(app, edge, true, stop.clone()).await
    }
    .await;
    if let Some(postgres) = postgres {
        postgres.stop().await;
    }
    served
}

async fn start_postgres(settings: &mut Settings) -> anyhow::Result<EmbeddedPostgres> {
    let options = PostgresOptions {
        binaries: settings.postgres_binaries.clone(),
        ..PostgresOptions::default()
    };
    let postgres = EmbeddedPostgres::start(&settings.data_dir.join("postgres"), &options)
        .await
        .context("the embedded Postgres did not start")?;
    settings.database_url = Some(postgres.url());
    Ok(postgres)
}

fn welcome(app: &Arc<App>, demo: bool) {
    let address = app.public_url().as_str();
    println!("\nSmart Student Hub is up:  {address}/\n");
    println!("  for students and staff   {address}/app/");
    println!("  to verify a document     {address}/v");
    println!("  the API, to read and try {address}/api/docs/");
    if demo {
        println!("  mails that would be sent {address}/demo/mails/\n");
        demo::print_logins();
    } else {
        println!("\nAdd a college with `hub college add`.");
    }
    println!("\nCtrl-C stops it.");
}
