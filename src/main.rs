//! The `hub` binary: reads the command line, wires the parts, starts one command.

use std::process::ExitCode;

use clap::Parser;
use hub::cli::{self, CommandLine};
use hub::config::Settings;
use hub::renderer;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // A render worker is this program again: it reads documents, and no settings.
    if std::env::args_os().nth(1).is_some_and(|command| command == renderer::WORKER_COMMAND) {
        return renderer::worker_main();
    }
    let line = CommandLine::parse();
    match start(line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hub: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(line: CommandLine) -> anyhow::Result<ExitCode> {
    let settings = Settings::read(line.config.as_deref(), std::env::vars(), &line.settings)?;
    log_to_standard_error(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(cli::execute(line, settings))
}

fn log_to_standard_error(settings: &Settings) -> anyhow::Result<()> {
    // Each connection is cleaned by a ROLLBACK, of which Postgres says that there was nothing to roll back.
    let filter = EnvFilter::try_new(format!("sqlx::postgres::notice=error,{}", settings.log))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if settings.log_json {
        log.json().init()
    } else {
        log.init()
    }
    Ok(())
}
