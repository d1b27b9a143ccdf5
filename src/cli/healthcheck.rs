//! `hub healthcheck`: for a container's or service's health check.

use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::config::Settings;

/// Ask the hub that listens on this machine whether it is ready.
pub(super) async fn check(settings: &Settings) -> anyhow::Result<ExitCode> {
    let answer = tokio::time::timeout(Duration::from_secs(5), ask(settings)).await;
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

async fn ask(settings: &Settings) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(settings.listen).await?;
    let request =
        format!("GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", settings.listen);
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
