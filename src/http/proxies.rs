//! Who a request comes from, where a proxy stands before the hub.
//!
//! `X-Request-Id` counts from a proxy of the settings. `X-Forwarded-For` counts only as far as each address that wrote to it is one of the proxies that the settings
//! name: anybody may send the header.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::{Next, from_fn};

use super::observe::{GivenId, REQUEST_ID};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// An address, or all that begin like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    length: u8,
}

/// Not a list of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a network such as 10.0.0.0/8")]
pub struct ParseProxiesError(String);

impl FromStr for TrustedProxies {
    type Err = ParseProxiesError;

    /// Addresses and networks, with commas or spaces between.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words
            .map(|word| parse_network(word).ok_or_else(|| ParseProxiesError(word.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TrustedProxies {
    /// Who sent a request that came from `peer`: the last one that no trusted proxy vouches for.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer.to_canonical();
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            // What cannot be read stands for nobody: its writer is the last one known.
            let Some(address) = parse_hop(hop) else { break };
            client = address;
        }
        client
    }
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// What `peer` calls this request, where it is one of the proxies.
    fn given_id(&self, peer: IpAddr, headers: &HeaderMap) -> Option<GivenId> {
        self.trusts(peer.to_canonical()).then(|| headers.get(REQUEST_ID))?.and_then(GivenId::parse)
    }
}

/// The same routes, seeing clients where these proxies stand before the hub.
pub fn behind(proxies: TrustedProxies, routes: Router) -> Router {
    let proxies = Arc::new(proxies);
    routes.layer(from_fn(move |mut request: Request, next: Next| {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().copied();
        if let Some(ConnectInfo(peer)) = peer {
            if let Some(id) = proxies.given_id(peer.ip(), request.headers()) {
                request.extensions_mut().insert(id);
            }
            let client = proxies.client(peer.ip(), request.headers());
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
        }
        next.run(request)
    }))
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                u32::from(own) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                u128::from(own) & mask == u128::from(other) & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn parse_network(word: &str) -> Option<Network> {
    let (address, length) = word.split_once('/').map_or((word, None), |(a, l)| (a, Some(l)));
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Ok(longest), str::parse).ok()?;
    (length <= longest).then_some(Network { address, length })
}

/// An address, with or without a port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address: Option<IpAddr> = hop.parse().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &str, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted: TrustedProxies = trusted.parse().unwrap();
        trusted.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_header_counts_from_trusted_proxies_only() {
        let forged = ["198.51.100.9"];
        assert_eq!(client("", "192.0.2.1", &forged), "192.0.2.1");
        assert_eq!(client("10.0.0.1", "192.0.2.1", &forged), "192.0.2.1");
        assert_eq!(client("10.0.0.1", "10.0.0.1", &forged), "198.51.100.9");
    }

    #[test]
    fn what_the_client_wrote_before_the_proxy_does_not_count() {
        let lines = ["1.2.3.4, 198.51.100.9"];
        assert_eq!(client("10.0.0.0/8", "10.7.7.7", &lines), "198.51.100.9");
        let lines = ["1.2.3.4", "198.51.100.9, 10.1.1.1"];
        assert_eq!(client("10.0.0.0/8", "10.7.7.7", &lines), "198.51.100.9");
        assert_eq!(client("10.0.0.0/8", "10.7.7.7", &["1.2.3.4, nonsense"]), "10.7.7.7");
        assert_eq!(client("10.0.0.0/8", "10.7.7.7", &[]), "10.7.7.7");
    }

    #[test]
    fn a_proxy_names_the_request_and_nobody_else_does() {
        let given = |trusted: &str, peer: &str, id: &'static str| {
            let trusted: TrustedProxies = trusted.parse().unwrap();
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_static(id))]);
            trusted.given_id(peer.parse().unwrap(), &headers).map(|id| id.0)
        };
        assert_eq!(given("10.0.0.1", "10.0.0.1", "4bf92f35-77").unwrap(), "4bf92f35-77");
        assert_eq!(given("10.0.0.1", "10.0.0.2", "4bf92f35-77"), None);
        for wrong in ["", "two words", "quote\"", "<script>"] {
            assert_eq!(given("10.0.0.1", "10.0.0.1", wrong), None, "{wrong}");
        }
        assert!(GivenId::parse(&"a".repeat(64).parse().unwrap()).is_some());
        assert!(GivenId::parse(&"a".repeat(65).parse().unwrap()).is_none());
    }

    #[test]
    fn networks_of_both_kinds_and_ports_are_read() {
        assert_eq!(client("fd00::/8", "fd00::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("127.0.0.1 ::1", "::1", &["192.0.2.7:80"]), "192.0.2.7");
        assert_eq!(client("127.0.0.1", "::ffff:127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("0.0.0.0/0", "8.8.8.8", &["192.0.2.7"]), "192.0.2.7");
        for wrong in ["10.0.0.0/33", "here", "10.0.0.1/x", "::/129"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
