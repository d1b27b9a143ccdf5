//! Access tokens: short-lived JWTs (RFC 7519) signed with the platform's Ed25519 key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::platform_key;
use super::refusal::Refusal;
use crate::domain::ids::{CollegeId, MemberId, SessionId};
use crate::keystore::{Algorithm as KeyAlgorithm, Keystore};
use crate::storage::{Database, PlatformKeyRow};

/// How long an access token holds.
pub const LIFETIME: Duration = Duration::minutes(10);
/// Its purpose among the keys of the platform.
const PURPOSE: &str = "access_token";
/// What tells an access token from everything else that is signed here (RFC 8725 §3.11).
const TOKEN_TYPE: &str = "at+jwt";

/// Who a token speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The member.
    pub member: MemberId,
    /// Their college.
    pub college: CollegeId,
}

/// Mints and checks access tokens.
pub(crate) struct AccessTokens {
    key: PlatformKeyRow,
    verifying: DecodingKey,
    issuer: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    col: Uuid,
    /// The session, as OpenID Connect Front-Channel Logout §3 calls it.
    sid: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessTokens").field("kid", &self.key.kid).finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// Take the platform's key, made now where there is none.
    pub(crate) async fn load(
        database: &Database,
        keystore: &Keystore,
        issuer: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let key =
            platform_key::load(PURPOSE, KeyAlgorithm::Ed25519, database, keystore, now).await?;
        let verifying = DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(&key.public_key))?;
        Ok(Self { key, verifying, issuer: issuer.to_owned() })
    }

    /// A token for this member, in this session.
    pub(crate) fn mint(
        &self,
        bearer: Bearer,
        session: SessionId,
        keystore: &Keystore,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let header = serde_json::json!({ "alg": "EdDSA", "typ": TOKEN_TYPE, "kid": self.key.kid });
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: bearer.member.0,
            col: bearer.college.0,
            sid: session.0,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
        };
        let claims = serde_json::to_vec(&claims).map_err(Refusal::internal)?;
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = platform_key::sign(&self.key, message.as_bytes(), keystore)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What stands for the passkey of somebody who has none: the same for each name, and nobody else can tell.
    pub(crate) fn decoy(&self, name: &str, keystore: &Keystore) -> Result<[u8; 32], Refusal> {
        // No token begins with these words, and Ed25519 signs the same the same way (RFC 8032 §5.1.6).
        let message = format!("passkey of nobody: {name}");
        let signature = platform_key::sign(&self.key, message.as_bytes(), keystore)?;
        Ok(crate::blobs::Digest::of(&signature).0)
    }

    /// Who the token speaks of and in which session, if it is one of ours and holds at `now`.
    pub(crate) fn check(&self, token: &str, now: DateTime<Utc>) -> Option<(Bearer, SessionId)> {
        // Longer than any token of ours: not worth parsing.
        if token.len() > 2048 {
            return None;
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.issuer]);
        // The clock is the hub's, not the library's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let data = decode::<Claims>(token, &self.verifying, &validation).ok()?;
        let ours = data.header.kid.as_deref() == Some(&self.key.kid)
            && data.header.typ.as_deref() == Some(TOKEN_TYPE);
        let claims = data.claims;
        let holds = claims.nbf <= now.timestamp() && now.timestamp() < claims.exp;
        let bearer = Bearer { member: MemberId(claims.sub), college: CollegeId(claims.col) };
        (ours && holds).then_some((bearer, SessionId(claims.sid)))
    }

    /// The public key as a JWK set (RFC 7517, RFC 8037).
    pub(crate) fn jwks(&self) -> serde_json::Value {
        let x = URL_SAFE_NO_PAD.encode(&self.key.public_key);
        serde_json::json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.key.kid, "x": x }] })
    }
}
