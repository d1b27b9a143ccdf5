//! Access tokens that are not ours, not now, or not tokens: 401, each of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use ed25519_dalek::{Signer, SigningKey, Verifier, VerifyingKey};
use hub::keystore::{Algorithm, KeyOwner, SealedKeyRef};
use hub::storage::PlatformKeyRow;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{Client, TestHub};

/// A hub with somebody signed in, and the platform's key to forge with.
struct Forge {
    hub: TestHub,
    admin: Client,
    college: String,
    key: PlatformKeyRow,
}

impl Forge {
    async fn new() -> Self {
        let hub = TestHub::start().await;
        let college = hub.college("sarvodaya").await;
        let key = hub.database.connect().await.platform_key("access_token").await.unwrap().unwrap();
        Self { admin: college.admin.clone(), college: college.id.to_string(), key, hub }
    }

    fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid })
    }

    fn claims(&self) -> Value {
        let session = claims_of(&self.admin.access)["sid"].clone();
        let now = self.hub.now().timestamp();
        json!({ "iss": self.hub.url, "aud": self.hub.url, "sub": self.admin.member.unwrap(), "col": self.college,
                "sid": session, "iat": now, "nbf": now, "exp": now + 600 })
    }

    /// Signed with the hub's own key.
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let sealed = SealedKeyRef {
            owner: KeyOwner::Platform,
            key_id: self.key.id,
            algorithm: Algorithm::Ed25519,
            bytes: &self.key.sealed,
            version: u32::try_from(self.key.seal_version).unwrap(),
        };
        let signatures = self.hub.keystore().sign_batch(&sealed, &[message.as_bytes()]).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signatures[0]))
    }

    async fn status(&self, token: &str) -> u16 {
        self.admin.with_token(token).get("/api/me/").await.status
    }
}

/// What a token says.
fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn message(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

fn with(value: &Value, field: &str, new: Value) -> Value {
    let mut changed = value.clone();
    changed[field] = new;
    changed
}

fn without(value: &Value, field: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(field);
    changed
}

#[tokio::test]
async fn a_token_of_ours_opens_and_each_change_of_a_claim_or_header_closes() {
    let forge = Forge::new().await;
    let (header, claims) = (forge.header(), forge.claims());
    let now = forge.hub.now().timestamp();
    assert_eq!(
        forge.status(&forge.sign(&header, &claims)).await,
        200,
        "the forge makes good tokens, so the bad ones below are bad"
    );

    let foreign = forge.hub.college("vidyapeeth").await;
    let bad_claims = [
        with(&claims, "exp", json!(now)),
        with(&claims, "exp", json!((now + 600).to_string())),
        without(&claims, "exp"),
        with(&claims, "nbf", json!(now + 60)),
        without(&claims, "nbf"),
        with(&claims, "aud", json!("https://other.example")),
        without(&claims, "aud"),
        with(&claims, "iss", json!("https://other.example")),
        without(&claims, "iss"),
        with(&claims, "sub", json!(uuid::Uuid::from_u128(7))),
        with(&claims, "sub", json!("' OR 1=1")),
        without(&claims, "sub"),
        with(&claims, "col", json!(foreign.id)),
        with(&claims, "sub", claims_of(&foreign.admin.access)["sub"].clone()),
        with(&claims, "sid", claims_of(&foreign.admin.access)["sid"].clone()),
        with(&claims, "sid", json!(uuid::Uuid::from_u128(7))),
        with(&claims, "sid", json!("all of them")),
        without(&claims, "sid"),
        with(&claims, "exp", json!("9999999999")),
        with(&claims, "nbf", json!("0")),
        with(&claims, "exp", Value::Null),
        with(&claims, "exp", json!([now + 600])),
        without(&claims, "col"),
    ];
    for bad in bad_claims {
        assert_eq!(forge.status(&forge.sign(&header, &bad)).await, 401, "{bad}");
    }
    let bad_headers = [
        with(&header, "typ", json!("JWT")),
        without(&header, "typ"),
        with(&header, "kid", json!("0000000000000000")),
        without(&header, "kid"),
        with(&header, "alg", json!("none")),
        with(&header, "alg", json!("HS256")),
        with(&header, "alg", json!("ES256")),
    ];
    for bad in bad_headers {
        assert_eq!(forge.status(&forge.sign(&bad, &claims)).await, 401, "{bad}");
    }
}

#[tokio::test]
async fn a_token_signed_by_anybody_else_is_none() {
    let forge = Forge::new().await;
    let (header, claims) = (forge.header(), forge.claims());
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let x = URL_SAFE_NO_PAD.encode(stranger.verifying_key().as_bytes());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    let theirs = |header: &Value| {
        let message = message(header, &claims);
        format!(
            "{message}.{}",
            URL_SAFE_NO_PAD.encode(stranger.sign(message.as_bytes()).to_bytes())
        )
    };
    for header in [
        header.clone(),
        with(&header, "jwk", jwk),
        with(&header, "jku", json!("https://evil.example/jwks.json")),
        with(&header, "x5u", json!("https://evil.example/chain.pem")),
    ] {
        assert_eq!(forge.status(&theirs(&header)).await, 401, "{header}");
    }

    // The public key taken for a shared secret (RFC 8725 §2.1).
    let shared = Header {
        typ: Some("at+jwt".into()),
        kid: Some(forge.key.kid.clone()),
        ..Header::default()
    };
    let confused =
        jsonwebtoken::encode(&shared, &claims, &EncodingKey::from_secret(&forge.key.public_key))
            .unwrap();
    assert_eq!(forge.status(&confused).await, 401);
    let unsigned = format!("{}.", message(&with(&header, "alg", json!("none")), &claims));
    assert_eq!(forge.status(&unsigned).await, 401);
    let good = forge.sign(&header, &claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    assert_eq!(forge.status(&format!("{signed}.")).await, 401);
    let moved = message(&header, &with(&claims, "exp", json!(claims["exp"].as_i64().unwrap() + 1)));
    assert_eq!(forge.status(&format!("{moved}.{signature}")).await, 401);
}

#[tokio::test]
async fn what_is_no_token_is_refused_with_a_problem() {
    let forge = Forge::new().await;
    let client = forge.hub.anonymous();
    let answer = client.get("/api/me/").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.refused(401, "unauthenticated");
    let body = json!({ "email": forge.admin.email, "password": crate::support::PASSWORD });
    let tokens = client.post("/api/token/", body).await.ok(200);
    let refresh = tokens["refresh"].as_str().unwrap();
    let long = "A".repeat(64 * 1024);
    let dots = ".".repeat(2000);
    let padded = format!("{}.{}", forge.admin.access, "e30");
    for token in [refresh, "x", "..", "a.b.c", &dots, &padded, &long] {
        let answer = forge.admin.with_token(token).get("/api/me/").await;
        // Headers of that size may end at the server's own limit before anybody reads them (RFC 6585 §5).
        assert!(
            answer.status == 401 || (token == long && answer.status == 431),
            "{} for {} octets",
            answer.status,
            token.len()
        );
    }
    for value in ["Basic YTpi", "bearer", "Bearer", "Bearer  x", &forge.admin.access] {
        let request =
            client.request(reqwest::Method::GET, "/api/me/").header("Authorization", value);
        client.send(request).await.refused(401, "unauthenticated");
    }
    let as_refresh = json!({ "refresh": forge.admin.access });
    client.post("/api/token/refresh/", as_refresh).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_token_holds_from_its_making_for_ten_minutes() {
    let forge = Forge::new().await;
    assert_eq!(forge.status(&forge.admin.access).await, 200);
    forge.hub.wait(Duration::minutes(-2));
    assert_eq!(forge.status(&forge.admin.access).await, 401, "not yet");
    forge.hub.wait(Duration::minutes(11));
    assert_eq!(forge.status(&forge.admin.access).await, 200);
    forge.hub.wait(Duration::minutes(1));
    assert_eq!(forge.status(&forge.admin.access).await, 401, "no longer");
}

#[tokio::test]
async fn the_published_key_checks_the_tokens() {
    let forge = Forge::new().await;
    let set = forge.hub.anonymous().get("/.well-known/jwks.json").await.ok(200);
    let key = &set["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    assert!(key.get("d").is_none());
    let x = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap();
    let (message, signature) = forge.admin.access.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(message.as_bytes(), &signature.as_slice().try_into().unwrap()).unwrap();
}
