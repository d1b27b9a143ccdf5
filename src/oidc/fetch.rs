//! One request to a provider: within its hosts, to public addresses, within limits, without redirects.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tokio_rustls::rustls::crypto::ring;
use tower::util::BoxCloneSyncService;
use url::Url;

use super::reach::Reach;

/// A question, the answer and the handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// Descriptions and key sets have some thousand octets.
const MOST_OCTETS: usize = 256 * 1024;

/// Why a provider's answer is not there.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address belongs to none of the provider's hosts.
    #[error("{0} is none of the addresses that the college named")]
    OutOfReach(String),
    /// No connection, or no answer in time.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// Too long, or broken off.
    #[error("the answer cannot be read: {0}")]
    Answer(String),
}

type Addresses = std::vec::IntoIter<SocketAddr>;
type Resolver = BoxCloneSyncService<Name, Addresses, io::Error>;

/// The way to one provider.
#[derive(Clone)]
pub(super) struct Fetch {
    reach: Reach,
    http: legacy::Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
}

impl Fetch {
    /// A way that ends at these hosts.
    pub(super) fn within(reach: Reach) -> Self {
        let names = reach.clone();
        let resolver = tower::service_fn(move |name: Name| resolve(name, names.clone()));
        let mut connector = HttpConnector::new_with_resolver(BoxCloneSyncService::new(resolver));
        // What the scheme may be was decided with the address.
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(ring::default_provider())
            .expect("ring speaks the safe versions of TLS")
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Self { reach, http }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let address = request.uri().to_string();
        let allowed = Url::parse(&address).is_ok_and(|url| self.reach.allows(&url));
        if !allowed {
            return Err(FetchError::OutOfReach(address));
        }
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let response = self
            .http
            .request(request)
            .await
            .map_err(|error| FetchError::Unreachable(super::causes(&error)))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MOST_OCTETS).collect().await;
        let body = body.map_err(|error| FetchError::Answer(error.to_string()))?.to_bytes();
        Ok(HttpResponse::from_parts(head, body.to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = FetchError;
    type Future = BoxFuture<'c, Result<HttpResponse, FetchError>>;

    /// Ask. A redirect is an answer like any other: nothing follows it.
    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let fetch = self.clone();
        Box::pin(async move {
            let asked = tokio::time::timeout(PATIENCE, fetch.exchange(request)).await;
            asked.map_err(|_| FetchError::Unreachable("not in time".to_owned()))?
        })
    }
}

async fn resolve(name: Name, reach: Reach) -> io::Result<Addresses> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
        .await?
        .filter(|address| reach.allows_ip(address.ip()))
        .collect();
    if found.is_empty() {
        return Err(io::Error::other("the name leads to no public address"));
    }
    Ok(found.into_iter())
}
