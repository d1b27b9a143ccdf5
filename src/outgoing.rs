//! HTTP to places that strangers name: where a name leads is looked at again at each connection, since names can change.
#![forbid(unsafe_code)]

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use tokio_rustls::rustls::crypto::ring;
use tower::util::BoxCloneSyncService;

type Addresses = std::vec::IntoIter<SocketAddr>;
type Resolver = BoxCloneSyncService<Name, Addresses, io::Error>;

/// A client that connects only where names lead to allowed addresses. It keeps no connection and follows no redirect.
pub type Client = legacy::Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// Make one. What the scheme may be, and an address in the place of a name, is for the caller to look at.
pub fn client(allows: impl Fn(IpAddr) -> bool + Clone + Send + Sync + 'static) -> Client {
    let resolver = tower::service_fn(move |name: Name| resolve(name, allows.clone()));
    let mut connector = HttpConnector::new_with_resolver(BoxCloneSyncService::new(resolver));
    connector.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(ring::default_provider())
        .expect("ring speaks the safe versions of TLS")
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

/// Whether anybody may have this address: neither this machine, nor its network, nor what stands for either.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// What hyper says is the least of it: the reason stands in the sources.
pub fn causes(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |source| source.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

async fn resolve(name: Name, allows: impl Fn(IpAddr) -> bool) -> io::Result<Addresses> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
        .await?
        .filter(|address| allows(address.ip()))
        .collect();
    if found.is_empty() {
        return Err(io::Error::other("the name leads to no public address"));
    }
    Ok(found.into_iter())
}

/// IANA's registry of special-purpose addresses (RFC 6890), turned round.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a >= 240
        || shared
        || protocol
        || benchmark)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // Global unicast only, and of it neither documentation nor what leads on to version 4 (6to4, Teredo).
    (0x2000..0x4000).contains(&first)
        && !(first == 0x2001 && (second == 0xdb8 || second == 0))
        && first != 0x2002
}
