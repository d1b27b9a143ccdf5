//! Asking somebody outside what time it is: time-stamps over digests (RFC 3161).
//!
//! A token says that its authority saw a digest at a time. It is asked for by [`Timestamper::stamp`], and checked
//! there and, without a network, by [`Timestamper::check`] as often as one likes.

mod asn1;
mod exchange;
mod token;

use std::path::Path;

use chrono::{DateTime, Utc};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

pub use exchange::StampError;
pub use token::CheckTokenError;

/// A token that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// `TimeStampToken`: a CMS ContentInfo, DER (RFC 3161 §2.4.2).
    pub token: Vec<u8>,
    /// `genTime`: when the authority saw the digest, by its own clock.
    pub at: DateTime<Utc>,
}

/// Asks a time-stamping authority, and knows whose tokens count.
#[derive(Debug)]
pub struct Timestamper {
    client: Option<exchange::Client>,
    trusted: Vec<CertificateDer<'static>>,
}

/// Why there can be no timestamper.
#[derive(Debug, thiserror::Error)]
pub enum OpenTimestamperError {
    /// Not `http://…` or `https://…`.
    #[error("the time-stamping authority's address {0:?} is neither http:// nor https://")]
    Address(String),
    /// The file is not there, or not PEM.
    #[error("cannot read the certificates of the time-stamping authority: {0}")]
    Certificates(String),
    /// The file holds no certificate.
    #[error("the file of the time-stamping authority's certificates holds none")]
    NoCertificate,
}

impl Timestamper {
    /// Trusts the authorities whose certificates stand in `ca_file` (PEM); asks the one at `url`, where there is one,
    /// and else only checks tokens that were got before.
    pub fn open(url: Option<&str>, ca_file: &Path) -> Result<Self, OpenTimestamperError> {
        let unreadable =
            |error: &dyn std::fmt::Display| OpenTimestamperError::Certificates(error.to_string());
        let pem = std::fs::read(ca_file).map_err(|error| unreadable(&error))?;
        let trusted: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|error| unreadable(&error))?;
        if trusted.is_empty() {
            return Err(OpenTimestamperError::NoCertificate);
        }
        for certificate in &trusted {
            webpki::anchor_from_trusted_cert(certificate).map_err(|error| unreadable(&error))?;
        }
        let client = url.map(exchange::Client::to).transpose()?;
        Ok(Self { client, trusted })
    }

    /// Whether there is an authority to ask.
    pub fn asks(&self) -> bool {
        self.client.is_some()
    }

    /// Have a SHA-256 digest stamped. The nonce is random, and ties the answer to this question.
    ///
    /// Opens one connection and waits for at most twenty seconds.
    pub async fn stamp(&self, digest: &[u8; 32], nonce: [u8; 16]) -> Result<Timestamp, StampError> {
        let client = self.client.as_ref().ok_or(StampError::NobodyToAsk)?;
        let nonce = asn1::nonce(nonce)?;
        let token = client.ask(digest, &nonce).await?;
        let read = token::check(&token, digest, &self.trusted)?;
        if read.nonce.as_ref() != Some(&nonce) {
            return Err(StampError::Nonce);
        }
        Ok(Timestamp { token, at: read.at })
    }

    /// When this SHA-256 digest was stamped, if the token is by a trusted authority and over nothing else.
    ///
    /// The authority's certificate is looked at as of that time; certificates that were revoked are not known here.
    pub fn check(&self, token: &[u8], digest: &[u8; 32]) -> Result<DateTime<Utc>, CheckTokenError> {
        Ok(token::check(token, digest, &self.trusted)?.at)
    }
}

/// A granted `TimeStampResp` around a token (RFC 3161 §2.4.2): what tools read as a `.tsr` file.
pub fn response_around(token: &[u8]) -> Result<Vec<u8>, der::Error> {
    asn1::granted(token)
}
