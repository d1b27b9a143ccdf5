//! The port of the figures, where the settings name one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Settings;
use crate::http;

/// Upper ends, in seconds: from a point read to the longest that a request may take.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];
/// How often what was recorded is brought into its buckets while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Count from now on, and show the figures until `stop`. Nothing is counted where no address is set.
pub(super) async fn show(
    app: &Arc<App>,
    settings: &Settings,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let Some(address) = settings.metrics_listen else { return Ok(()) };
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (HUB_METRICS_LISTEN)"))?;
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .build_recorder();
    let figures = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_| anyhow::anyhow!("somebody counts in this process already"))?;
    let kept = figures.clone();
    tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
        let mut due = tokio::time::interval(UPKEEP);
        loop {
            due.tick().await;
            kept.run_upkeep();
        }
    }));
    let routes = http::metrics_router(app.clone(), move || figures.render());
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        if let Err(error) = http::serve(listener, routes, stopped).await {
            tracing::error!(%error, "the figures are no longer shown");
        }
    });
    Ok(())
}
