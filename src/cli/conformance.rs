//! `hub conformance`: what the public W3C test suites run against.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;

use super::{clock, serve::stop_signal};
use crate::app::vc_api::Conformance;
use crate::http;

/// Where to serve.
#[derive(Args)]
pub struct ConformanceOptions {
    /// Port on this machine; 0 takes any that is free.
    #[arg(long, default_value_t = 40443)]
    port: u16,
}

/// Serve until the process is told to stop. Prints one JSON object: who issues, and where.
pub(super) async fn serve(options: ConformanceOptions) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: --port names another port"))?;
    let port = listener.local_addr()?.port();
    let base = format!("https://localhost:{port}");
    let profile = Arc::new(Conformance::new(base.clone(), clock::now)?);
    let tls = http::self_signed(&["localhost", "127.0.0.1"])?;
    let ready = json!({
        "base": base,
        "issuer": profile.issuer(),
        "certificate": tls.certificate,
        "implementation": profile.implementation(),
    });
    println!("{ready}");
    let stop = stop_signal()?;
    http::serve_tls(
        listener,
        tls.acceptor,
        http::conformance_router(profile),
        stop.cancelled_owned(),
    )
    .await?;
    Ok(())
}
