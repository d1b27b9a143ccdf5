//! Who pushes (RFC 8292): a JWT signed with the hub's own key. Signing is the keystore's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;

/// RFC 8292 §2 allows a day.
const LIFETIME: Duration = Duration::hours(12);

/// What is signed with ES256: that `contact`, an address of the hub, may push to `origin` for half a day.
pub fn claims(origin: &str, contact: &str, now: DateTime<Utc>) -> String {
    let header = json!({ "typ": "JWT", "alg": "ES256" });
    let claims = json!({ "aud": origin, "exp": (now + LIFETIME).timestamp(), "sub": contact });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The `Authorization` header (RFC 8292 §3) of signed claims: r‖s, and the public key as an uncompressed point.
pub fn authorization(claims: &str, signature: &[u8; 64], public_key: &[u8]) -> String {
    let encode = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
    format!("vapid t={claims}.{}, k={}", encode(signature), encode(public_key))
}
