//! `hub serve` and `hub worker`.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{metrics, wire};
use crate::app::App;
use crate::config::Settings;
use crate::http::TrustedProxies;
use crate::keystore::MissingMasterKey;
use crate::{http, jobs};

/// How to serve.
#[derive(Args)]
pub struct ServeOptions {
    /// Leave the jobs to `hub worker`.
    #[arg(long)]
    no_jobs: bool,
}

/// Serve a database that is there and migrated.
pub(super) async fn serve(options: ServeOptions, settings: Settings) -> anyhow::Result<()> {
    let app = wire::assemble(&settings, MissingMasterKey::Refuse).await?;
    let stop = stop_signal()?;
    let listener = listen(&settings).await?;
    metrics::show(&app, &settings, &stop).await?;
    tracing::info!(address = app.public_url().as_str(), "the hub is up");
    let edge = Edge { listener, proxies: wire::trusted_proxies(&settings)?, demo: false };
    serve_app(app, edge, !options.no_jobs, stop).await
}

/// Do jobs only.
pub(super) async fn work(settings: Settings) -> anyhow::Result<()> {
    let app = wire::assemble(&settings, MissingMasterKey::Refuse).await?;
    let stop = stop_signal()?;
    metrics::show(&app, &settings, &stop).await?;
    jobs::run(app.clone(), stop).await;
    app.close().await;
    Ok(())
}

/// Take the address.
pub(super) async fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: is another hub running? HUB_LISTEN names another address",
            settings.listen
        )
    })
}

/// Where people come in.
pub(super) struct Edge {
    /// The address, taken.
    pub(super) listener: TcpListener,
    /// Whose `X-Forwarded-For` is believed.
    pub(super) proxies: TrustedProxies,
    /// With the pages of a demo.
    pub(super) demo: bool,
}

/// Serve until `stop`; then end what is under way: requests, acts, jobs.
pub(super) async fn serve_app(
    app: Arc<App>,
    edge: Edge,
    with_jobs: bool,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let jobs = with_jobs.then(|| tokio::spawn(jobs::run(app.clone(), stop.clone())));
    let routes = http::behind(edge.proxies, http::router(app.clone(), edge.demo));
    http::serve(edge.listener, routes, stop.clone().cancelled_owned()).await?;
    app.finish_acts().await;
    stop.cancel();
    if let Some(jobs) = jobs {
        jobs.await?;
    }
    app.close().await;
    Ok(())
}

/// Cancelled by SIGTERM or Ctrl-C.
pub(super) fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        token.cancel();
    });
    Ok(stop)
}
