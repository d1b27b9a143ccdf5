//! One request to a provider: within its hosts, to public addresses, within limits, without redirects.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::Url;

use super::reach::Reach;
use crate::outgoing::{self, causes};

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

/// The way to one provider.
#[derive(Clone)]
pub(super) struct Fetch {
    reach: Reach,
    http: outgoing::Client,
}

impl Fetch {
    /// A way that ends at these hosts.
    pub(super) fn within(reach: Reach) -> Self {
        let names = reach.clone();
        let http = outgoing::client(move |ip| names.allows_ip(ip));
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
            .map_err(|error| FetchError::Unreachable(causes(&error)))?;
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
