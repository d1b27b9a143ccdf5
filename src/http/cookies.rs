//! Cookies of this hub: for its own pages only, out of every script's reach.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::app::PublicUrl;

/// A cookie of this hub.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookie {
    /// Its name, without the prefix.
    pub(super) name: &'static str,
    /// `Strict`, or `Lax` for what has to come along from another site's redirect.
    pub(super) same_site: &'static str,
}

/// The refresh token.
pub(super) const REFRESH: Cookie = Cookie { name: "hub_refresh", same_site: "Strict" };
/// Who left for the college's own log-in: it comes back by the provider's redirect.
pub(super) const OIDC: Cookie = Cookie { name: "hub_oidc", same_site: "Lax" };
/// What a known device shows at a log-in.
pub(super) const DEVICE: Cookie = Cookie { name: "hub_device", same_site: "Strict" };

impl Cookie {
    /// Its value, where the request carries one.
    pub(super) fn find(self, headers: &HeaderMap, here: &PublicUrl) -> Option<String> {
        let wanted = self.full_name(here);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs =
            lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs
            .find(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    /// The header that sets it for so many seconds; none takes it away. The value is base64url.
    pub(super) fn set(self, value: &str, seconds: i64, here: &PublicUrl) -> HeaderValue {
        let secure = if here.is_secure() { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite={}; Max-Age={seconds}{secure}",
            self.full_name(here),
            self.same_site
        );
        HeaderValue::from_str(&text).expect("base64url and attributes are visible ASCII")
    }

    /// RFC 6265bis §4.1.3.2: a `__Host-` cookie comes from this host, over TLS, for every path.
    fn full_name(self, here: &PublicUrl) -> String {
        let prefix = if here.is_secure() { "__Host-" } else { "" };
        format!("{prefix}{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_tls_the_cookie_is_bound_to_this_host() {
        let here = PublicUrl::parse("https://hub.example").unwrap();
        assert_eq!(
            REFRESH.set("abc", 60, &here),
            "__Host-hub_refresh=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
    }
}
