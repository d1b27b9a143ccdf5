//! Pushes to browsers (RFC 8030): each encrypted for the browser (RFC 8291), in the hub's name (RFC 8292).
#![forbid(unsafe_code)]

mod encrypt;
mod vapid;

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{Method, Request};
use url::{Host, Url};

use crate::outgoing::{self, causes, is_public};

pub use encrypt::{EncryptError, Once};
pub use vapid::{authorization, claims};

/// The handshake and the answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a push service keeps a message for a phone that is off, seconds.
const TIME_TO_LIVE: u32 = 24 * 60 * 60;

/// Where a message goes, and for whom it is encrypted.
#[derive(Clone, Copy)]
pub struct Browser<'a> {
    /// The push service's address for it.
    pub endpoint: &'a str,
    /// Its public key, uncompressed point.
    pub p256dh: &'a [u8],
    /// The secret it shares with the hub.
    pub auth: &'a [u8],
}

/// What a browser is told.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The text, at most 3,993 octets (RFC 8291 §4).
    pub payload: &'a [u8],
    /// A newer message of the same topic takes the place of one that waits (RFC 8030 §5.4): 1 to 32 letters of base64url.
    pub topic: &'a str,
    /// The `Authorization` that [`authorization`] made.
    pub authorization: &'a str,
}

/// Why a browser was not told.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The browser does not want to hear any more: its subscription can be forgotten.
    #[error("the subscription is gone")]
    Gone,
    /// It will never take this message.
    #[error("the push service refused: {0}")]
    Refused(String),
    /// It may take it the next time.
    #[error("the push service cannot be reached: {0}")]
    Unreachable(String),
}

/// The way to push services.
pub struct Pusher {
    http: outgoing::Client,
    loopback: bool,
}

impl Pusher {
    /// To public addresses, by https.
    pub fn public() -> Self {
        Self { http: outgoing::client(is_public), loopback: false }
    }

    /// Also to this machine, without TLS: for tests that are their own push service. No setting leads here.
    pub fn with_loopback() -> Self {
        let allows = |ip: IpAddr| is_public(ip) || ip.to_canonical().is_loopback();
        Self { http: outgoing::client(allows), loopback: true }
    }

    /// The origin of an endpoint that may be asked (RFC 6454); none where it may not.
    pub fn origin(&self, endpoint: &str) -> Option<String> {
        let url = Url::parse(endpoint).ok()?;
        let here = matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_loopback()) && self.loopback;
        let literal = match url.host()? {
            Host::Ipv4(ip) => is_public(ip.into()),
            Host::Ipv6(ip) => is_public(ip.into()),
            Host::Domain(_) => true,
        };
        let plain = url.username().is_empty() && url.password().is_none();
        let reachable = here || (literal && url.scheme() == "https");
        (plain && reachable).then(|| url.origin().ascii_serialization())
    }

    /// Tell a browser.
    pub async fn push(
        &self,
        message: Message<'_>,
        browser: Browser<'_>,
        once: Once,
    ) -> Result<(), PushError> {
        if self.origin(browser.endpoint).is_none() {
            return Err(PushError::Refused("the address is not public".to_owned()));
        }
        let body = encrypt::encrypt(message.payload, browser.p256dh, browser.auth, once)
            .map_err(|error| PushError::Refused(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(browser.endpoint)
            .header(AUTHORIZATION, message.authorization)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("TTL", TIME_TO_LIVE)
            .header("Urgency", "normal")
            .header("Topic", message.topic)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| PushError::Refused(error.to_string()))?;
        let answer = tokio::time::timeout(PATIENCE, self.http.request(request)).await;
        let answer = answer
            .map_err(|_| PushError::Unreachable("no answer in time".to_owned()))?
            .map_err(|error| PushError::Unreachable(causes(&error)))?;
        // Whatever else it says is not read.
        judge(answer.status().as_u16())
    }
}

/// RFC 8030 §5 and §7.3; a redirect is followed by nobody.
fn judge(status: u16) -> Result<(), PushError> {
    match status {
        200..=299 => Ok(()),
        404 | 410 => Err(PushError::Gone),
        408 | 429 | 500..=599 => Err(PushError::Unreachable(format!("HTTP status {status}"))),
        _ => Err(PushError::Refused(format!("HTTP status {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_by_https_are_asked() {
        let pusher = Pusher::public();
        assert_eq!(
            pusher.origin("https://push.example:8443/send/abc").as_deref(),
            Some("https://push.example:8443")
        );
        for endpoint in [
            "http://push.example/send",
            "https://127.0.0.1/send",
            "https://10.0.0.8/send",
            "https://169.254.169.254/latest",
            "https://[::1]/send",
            "https://[::ffff:192.168.1.1]/send",
            "https://user@push.example/send",
            "https://0x7f000001/send",
            "ftp://push.example/",
            "data:text/plain,x",
            "push.example",
        ] {
            assert_eq!(pusher.origin(endpoint), None, "{endpoint}");
        }
        let tests = Pusher::with_loopback();
        assert!(tests.origin("http://127.0.0.1:9/x").is_some());
        assert!(tests.origin("http://10.0.0.8/x").is_none());
        assert!(tests.origin("http://push.example/x").is_none());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_not_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let endpoint = format!("https://localhost:{port}/send");
        let key = encrypt::tests::browser_key();
        let browser = Browser { endpoint: &endpoint, p256dh: &key, auth: &[7; 16] };
        let message = Message { payload: b"x", topic: "t", authorization: "vapid t=x, k=y" };
        let once = Once { secret: [1; 32], salt: [2; 16] };
        let error = Pusher::public().push(message, browser, once).await.unwrap_err();
        assert!(
            matches!(&error, PushError::Unreachable(why) if why.contains("no public address")),
            "{error}"
        );
        let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "nothing was connected");
    }

    #[test]
    fn what_is_gone_what_may_come_and_what_never_will_are_told_apart() {
        assert!(judge(201).is_ok());
        assert!(matches!(judge(404), Err(PushError::Gone)));
        assert!(matches!(judge(410), Err(PushError::Gone)));
        assert!(matches!(judge(429), Err(PushError::Unreachable(_))));
        assert!(matches!(judge(503), Err(PushError::Unreachable(_))));
        assert!(matches!(judge(307), Err(PushError::Refused(_))));
        assert!(matches!(judge(413), Err(PushError::Refused(_))));
    }
}
