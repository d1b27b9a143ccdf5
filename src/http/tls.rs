//! A certificate that the server makes for itself, for test suites and demos on the own machine.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

/// A certificate nobody else has signed, with what serves under it.
pub struct SelfSigned {
    /// What shakes hands.
    pub acceptor: TlsAcceptor,
    /// The certificate, PEM.
    pub certificate: String,
}

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum SelfSignError {
    /// The certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// It could not be put to use.
    #[error("cannot serve under the certificate: {0}")]
    Tls(#[from] rustls::Error),
}

/// Make a key and a certificate for these names and addresses, in memory only.
pub fn self_signed(names: &[&str]) -> Result<SelfSigned, SelfSignError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(SelfSigned { acceptor: TlsAcceptor::from(Arc::new(config)), certificate: made.cert.pem() })
}
