//! `hub healthcheck`: for a container's or service's health check.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::config::Settings;

/// Whom to ask.
#[derive(Args)]
pub struct HealthcheckOptions {
    /// A worker, which listens at `metrics_listen` only.
    #[arg(long)]
    worker: bool,
}

/// Ask the hub that listens on this machine whether it is ready.
pub(super) async fn check(
    options: HealthcheckOptions,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let address = match options.worker {
        true => settings.metrics_listen.context("HUB_METRICS_LISTEN is not set")?,
        false => settings.listen,
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), ask(address)).await;
    match answer {
        Ok(Ok(line)) if line.contains(" 200 ") => Ok(ExitCode::SUCCESS),
        Ok(Ok(line)) => {
            eprintln!("not ready: {line}");
            Ok(ExitCode::FAILURE)
        }
        Ok(Err(error)) => {
            eprintln!("no answer: {error}");
            Ok(ExitCode::FAILURE)
        }
        Err(_) => {
            eprintln!("no answer within 5 s");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
