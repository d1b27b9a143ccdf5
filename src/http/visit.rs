//! From where and how somebody comes to log in.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderName;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

use super::cookies::DEVICE;
use super::limits::Limits;
use super::problem::Problem;
use crate::app::lockout::Visit;
use crate::app::{App, Refusal};

/// `web` asks for the refresh token as a cookie that no script can read.
pub(super) const CLIENT: HeaderName = HeaderName::from_static("x-hub-client");
/// What a device got at a log-in before, where it holds no cookies.
const DEVICE_HEADER: HeaderName = HeaderName::from_static("x-hub-device");

/// Somebody who comes to log in; one attempt of their address is counted.
pub(super) struct Visitor(pub Visit);

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let missing = || Refusal::internal(anyhow::anyhow!("the server names no peer"));
        let limits = parts.extensions.get::<Arc<Limits>>().cloned().ok_or_else(missing)?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().copied();
        let ConnectInfo(peer) = peer.ok_or_else(missing)?;
        limits.attempt_from(peer)?;
        let text = |name: &HeaderName| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let web = text(&CLIENT).is_some_and(|client| client == "web");
        let device =
            if web { DEVICE.find(&parts.headers, app.public_url()) } else { text(&DEVICE_HEADER) };
        Ok(Self(Visit {
            client: if web { "web" } else { "" }.to_owned(),
            address: Some(peer.ip()),
            agent: text(&USER_AGENT).unwrap_or_default(),
            device,
        }))
    }
}
