//! The hub as a relying party of a college's own log-in (OpenID Connect Core 1.0): authorization code, with PKCE
//! (RFC 7636), state and nonce.
//!
//! Nothing is asked but the provider that the college named, and the hosts it named beside it.
#![forbid(unsafe_code)]

mod fetch;
mod reach;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use fetch::Fetch;
pub use fetch::FetchError;
use reach::Reach;

use crate::outgoing::causes;

/// A college's own log-in, as the college named it.
#[derive(Clone)]
pub struct Provider {
    /// Its address.
    pub issuer: String,
    /// The hub's name there.
    pub client_id: String,
    /// The hub's secret there.
    pub client_secret: String,
    /// Further hosts that its discovery document may name.
    pub hosts: Vec<String>,
}

/// Somebody is sent to the provider.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where to.
    pub url: Url,
    /// What the ID token has to repeat.
    pub nonce: String,
    /// What the code is exchanged with.
    pub verifier: String,
}

/// What somebody came back with, and what was kept when they left.
#[derive(Clone)]
pub struct Answer {
    /// To be exchanged.
    pub code: String,
    /// As [`Begun`] had it.
    pub nonce: String,
    /// As [`Begun`] had it.
    pub verifier: String,
}

/// Who the provider says it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `sub`.
    pub subject: String,
    /// Every other claim, of the ID token and, where it had no `wanted` one, of the UserInfo endpoint.
    pub claims: BTreeMap<String, Value>,
}

/// Why nobody was let in. What a provider said goes to the log, never to the browser.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// An address that cannot be used.
    #[error("{0}")]
    Address(String),
    /// The provider was not reached, or its discovery document cannot be read.
    #[error("the provider's description: {0}")]
    Discovery(String),
    /// The provider did not take the code.
    #[error("the provider did not take the code: {0}")]
    Exchange(String),
    /// The provider gave no ID token, or one that does not hold.
    #[error("the ID token: {0}")]
    IdToken(String),
    /// The UserInfo endpoint did not answer as it should.
    #[error("the UserInfo endpoint: {0}")]
    UserInfo(String),
}

/// Sends people to their college's provider and reads who comes back.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    redirect: RedirectUrl,
    loopback: bool,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Claims(BTreeMap<String, Value>);

impl openidconnect::AdditionalClaims for Claims {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type OidcClient = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl RelyingParty {
    /// The hub whose callback is `redirect`. With `loopback` a provider on this machine counts as well, without TLS: for
    /// a hub that is itself reached no other way.
    ///
    /// # Errors
    /// Where the address is none.
    pub fn new(redirect: &str, loopback: bool) -> Result<Self, OidcError> {
        let redirect = RedirectUrl::new(redirect.to_owned())
            .map_err(|error| OidcError::Address(error.to_string()))?;
        Ok(Self { redirect, loopback })
    }

    /// Whether an address may be a provider's; the sentence says why not.
    ///
    /// # Errors
    /// `Address`.
    pub fn check_issuer(&self, issuer: &str) -> Result<(), OidcError> {
        Reach::of(issuer, &[], self.loopback).map(drop)
    }

    /// Send somebody to the provider. `state` comes back with them.
    ///
    /// # Errors
    /// `Address`, `Discovery`.
    pub fn begin(
        &self,
        provider: Provider,
        state: String,
    ) -> BoxFuture<'static, Result<Begun, OidcError>> {
        let party = self.clone();
        Box::pin(async move { party.send_away(&provider, state).await })
    }

    /// Read who came back with a code. `wanted` is the claim that matters.
    ///
    /// # Errors
    /// Each step has its own.
    pub fn finish(
        &self,
        provider: Provider,
        answer: Answer,
        wanted: String,
        now: DateTime<Utc>,
    ) -> BoxFuture<'static, Result<Identity, OidcError>> {
        let party = self.clone();
        Box::pin(async move { party.take_back(&provider, answer, &wanted, now).await })
    }

    async fn send_away(&self, provider: &Provider, state: String) -> Result<Begun, OidcError> {
        let (client, _) = self.client(provider).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let (url, _, nonce) = client
            .authorize_url(flow, move || CsrfToken::new(state), Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Begun { url, nonce: nonce.secret().clone(), verifier: verifier.into_secret() })
    }

    async fn take_back(
        &self,
        provider: &Provider,
        answer: Answer,
        wanted: &str,
        now: DateTime<Utc>,
    ) -> Result<Identity, OidcError> {
        let (client, fetch) = self.client(provider).await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(answer.code))
            .map_err(|error| OidcError::Discovery(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(answer.verifier))
            .request_async(&fetch)
            .await
            .map_err(|error| OidcError::Exchange(causes(&error)))?;
        let token =
            tokens.id_token().ok_or_else(|| OidcError::IdToken("there is none".to_owned()))?;
        let check = client.id_token_verifier().set_time_fn(move || now);
        let nonce = Nonce::new(answer.nonce);
        let claims =
            token.claims(&check, &nonce).map_err(|error| OidcError::IdToken(causes(&error)))?;
        let subject = claims.subject().clone();
        let mut said = all_of(claims)?;
        if !said.contains_key(wanted) {
            said.extend(user_info(&client, tokens.access_token(), &subject, &fetch).await?);
        }
        Ok(Identity { subject: subject.to_string(), claims: said })
    }

    async fn client(&self, provider: &Provider) -> Result<(OidcClient, Fetch), OidcError> {
        let reach = Reach::of(&provider.issuer, &provider.hosts, self.loopback)?;
        let fetch = Fetch::within(reach);
        let issuer = IssuerUrl::new(provider.issuer.clone())
            .map_err(|error| OidcError::Address(error.to_string()))?;
        // The issuer that the document names has to be the one it was asked from (Discovery §4.3): checked inside.
        let metadata = CoreProviderMetadata::discover_async(issuer, &fetch)
            .await
            .map_err(|error| OidcError::Discovery(causes(&error)))?;
        let client = Client::from_provider_metadata(
            metadata,
            ClientId::new(provider.client_id.clone()),
            Some(ClientSecret::new(provider.client_secret.clone())),
        )
        .set_redirect_uri(self.redirect.clone());
        Ok((client, fetch))
    }
}

/// Claims that a provider keeps out of the ID token (OpenID Connect Core §5.4).
async fn user_info(
    client: &OidcClient,
    token: &AccessToken,
    subject: &SubjectIdentifier,
    fetch: &Fetch,
) -> Result<BTreeMap<String, Value>, OidcError> {
    let Ok(request) = client.user_info(token.clone(), Some(subject.clone())) else {
        return Ok(BTreeMap::new());
    };
    let claims: UserInfoClaims<Claims, CoreGenderClaim> =
        request.request_async(fetch).await.map_err(|error| OidcError::UserInfo(causes(&error)))?;
    all_of(&claims)
}

/// Standard claims and others side by side, as the provider wrote them.
fn all_of(claims: &impl Serialize) -> Result<BTreeMap<String, Value>, OidcError> {
    let said = serde_json::to_value(claims).and_then(serde_json::from_value);
    said.map_err(|error| OidcError::IdToken(error.to_string()))
}
