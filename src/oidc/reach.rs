//! Which addresses a provider's documents may lead to.

use std::net::IpAddr;

use url::{Host, Url};

use super::OidcError;
use crate::outgoing::is_public;

/// The hosts of one provider.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// Host, and port where it is not the scheme's.
    authorities: Vec<String>,
    loopback: bool,
}

impl Reach {
    /// What may be asked for this provider.
    pub(super) fn of(issuer: &str, hosts: &[String], loopback: bool) -> Result<Self, OidcError> {
        let wrong = |text: &str| OidcError::Address(text.to_owned());
        let url = Url::parse(issuer).map_err(|_| wrong("This is not an address."))?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(wrong("An issuer is an address without anything after its path."));
        }
        let own = authority(&url).ok_or_else(|| wrong("This address names no host."))?;
        let authorities = hosts.iter().cloned().chain([own]).collect();
        let reach = Self { authorities, loopback };
        if reach.allows(&url) {
            Ok(reach)
        } else {
            Err(wrong("A provider is reached by https, at a public address."))
        }
    }

    /// Whether this address may be asked.
    pub(super) fn allows(&self, url: &Url) -> bool {
        let here = matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_loopback())
            || url.host_str() == Some("localhost");
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => self.allows_ip(ip.into()),
            Some(Host::Ipv6(ip)) => self.allows_ip(ip.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && here && self.loopback);
        let known = authority(url).is_some_and(|authority| self.authorities.contains(&authority));
        scheme && literal && known
    }

    /// Whether this is where a name may lead: asked again at each connection, for names can change.
    pub(super) fn allows_ip(&self, ip: IpAddr) -> bool {
        is_public(ip) || (self.loopback && ip.to_canonical().is_loopback())
    }
}

fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: &Reach, url: &str) -> bool {
        reach.allows(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_the_issuer_and_what_was_named_beside_it_is_asked() {
        let hosts = ["keys.example:8443".to_owned()];
        let reach = Reach::of("https://login.example/realm", &hosts, false).unwrap();
        assert!(allows(&reach, "https://login.example/jwks"));
        assert!(allows(&reach, "https://keys.example:8443/"));
        for other in [
            "http://login.example/jwks",
            "https://login.example:8443/",
            "https://keys.example/",
            "https://evil.example/",
            "https://login.example.evil.example/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert!(!allows(&reach, other), "{other}");
        }
    }

    #[test]
    fn a_provider_on_this_machine_counts_only_where_that_is_allowed() {
        assert!(Reach::of("http://127.0.0.1:9000", &[], true).is_ok());
        for issuer in [
            "http://127.0.0.1:9000",
            "https://127.0.0.1",
            "https://10.1.2.3",
            "https://[::1]",
            "https://[fd00::1]",
            "http://login.example",
            "https://login.example/?a=b",
            "https://me@login.example/",
            "ftp://login.example",
            "nothing",
        ] {
            assert!(Reach::of(issuer, &[], false).is_err(), "{issuer}");
        }
        assert!(Reach::of("http://login.example", &[], true).is_err());
        assert!(Reach::of("https://10.1.2.3", &[], true).is_err());
    }

    #[test]
    fn a_name_leads_to_public_addresses_only() {
        let reach = Reach::of("https://login.example", &[], false).unwrap();
        for (ip, allowed) in [
            ("93.184.216.34", true),
            ("2606:4700::1", true),
            ("127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("100.64.0.1", false),
            ("169.254.169.254", false),
            ("192.168.1.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("fe80::1", false),
            ("2002:0a00:0001::", false),
            ("64:ff9b::a00:1", false),
            ("::", false),
        ] {
            assert_eq!(reach.allows_ip(ip.parse().unwrap()), allowed, "{ip}");
        }
    }
}
