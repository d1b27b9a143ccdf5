//! One question and one answer over HTTP (RFC 3161 §3.4).

use std::time::Duration;

use bytes::Bytes;
use der::asn1::Int;
use der::{Decode, Encode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, CONTENT_TYPE};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio_rustls::rustls::crypto::ring;

use super::asn1::{self, TimeStampResp};
use super::{CheckTokenError, OpenTimestamperError};
use crate::outgoing::causes;

/// A question, the answer and the handshake.
const PATIENCE: Duration = Duration::from_secs(20);
/// An answer with a chain of certificates has some ten thousand octets.
const MOST_OCTETS: usize = 256 * 1024;

/// Why there is no stamp.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// No address is set.
    #[error("no time-stamping authority is set")]
    NobodyToAsk,
    /// No connection, or no answer in time.
    #[error("the time-stamping authority cannot be reached: {0}")]
    Unreachable(String),
    /// Another HTTP status than 200.
    #[error("the time-stamping authority answered with HTTP status {0}")]
    Status(u16),
    /// Not a `TimeStampResp`.
    #[error("the answer of the time-stamping authority cannot be read: {0}")]
    Answer(String),
    /// The authority did not grant the stamp.
    #[error("the time-stamping authority refused (status {status}): {text}")]
    Refused {
        /// `PKIStatus`.
        status: u8,
        /// What it said.
        text: String,
    },
    /// An answer to another question.
    #[error("the answer is not to this question: its nonce is another")]
    Nonce,
    /// The token does not hold.
    #[error("the answer holds a token that does not hold: {0}")]
    Token(#[from] CheckTokenError),
    /// The question could not be written.
    #[error("the question cannot be written: {0}")]
    Encode(#[from] der::Error),
}

/// The way to one authority.
pub(super) struct Client {
    address: Uri,
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Client").field(&self.address.authority()).finish()
    }
}

impl Client {
    pub(super) fn to(url: &str) -> Result<Self, OpenTimestamperError> {
        let wrong = || OpenTimestamperError::Address(url.to_owned());
        let address: Uri = url.parse().map_err(|_| wrong())?;
        if !matches!(address.scheme_str(), Some("http" | "https")) || address.host().is_none() {
            return Err(wrong());
        }
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(ring::default_provider())
            .expect("ring speaks the safe versions of TLS")
            .https_or_http()
            .enable_http1()
            .build();
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { address, http })
    }

    /// The token that the authority granted; nothing in it is checked yet.
    pub(super) async fn ask(&self, digest: &[u8; 32], nonce: &Int) -> Result<Vec<u8>, StampError> {
        let body = asn1::request(digest, nonce)?;
        let answer = tokio::time::timeout(PATIENCE, self.exchange(body))
            .await
            .map_err(|_| StampError::Unreachable("no answer in time".to_owned()))??;
        read(&answer)
    }

    async fn exchange(&self, body: Vec<u8>) -> Result<Bytes, StampError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.address.clone())
            .header(CONTENT_TYPE, "application/timestamp-query")
            .header(ACCEPT, "application/timestamp-reply")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| StampError::Unreachable(error.to_string()))?;
        let response = self
            .http
            .request(request)
            .await
            .map_err(|error| StampError::Unreachable(causes(&error)))?;
        if response.status().as_u16() != 200 {
            return Err(StampError::Status(response.status().as_u16()));
        }
        let body = Limited::new(response.into_body(), MOST_OCTETS).collect().await;
        Ok(body.map_err(|error| StampError::Answer(error.to_string()))?.to_bytes())
    }
}

/// `granted` and `grantedWithMods` come with a token, everything else without (RFC 3161 §2.4.2).
fn read(answer: &[u8]) -> Result<Vec<u8>, StampError> {
    let unreadable = |error: der::Error| StampError::Answer(error.to_string());
    let response = TimeStampResp::from_der(answer).map_err(unreadable)?;
    match (response.status.status, response.token) {
        (0 | 1, Some(token)) => token.to_der().map_err(unreadable),
        (status, _) => Err(StampError::Refused {
            status,
            text: response.status.text.unwrap_or_default().join("; "),
        }),
    }
}
