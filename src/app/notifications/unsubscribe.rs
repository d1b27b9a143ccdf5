//! The way out of letters without signing in (RFC 8058): a signed link in each that may be off.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::preferences::{Choice, all_choices, choose};
use crate::app::authenticate::word;
use crate::app::{App, Refusal, platform_key};
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::member::Language;
use crate::domain::notice::{MailChoice, Topic};
use crate::keystore::{Algorithm, Keystore};
use crate::storage::{Database, PlatformKeyRow};

/// Its purpose among the keys of the platform.
const PURPOSE: &str = "unsubscribe";
/// What the word of a wish for no daily letters is.
const DIGEST: &str = "digest";
/// Two ids, a word and a signature: nothing of ours is longer.
const LONGEST: usize = 200;

/// What a link wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// No letters of this topic.
    NoMore(Topic),
    /// No daily letters: what may be off is off, the rest comes at once.
    NoDigest,
}

/// Makes and reads the links.
pub(crate) struct Unsubscribe {
    key: PlatformKeyRow,
}

impl Unsubscribe {
    /// Take the platform's key, made now where there is none.
    pub(crate) async fn load(
        database: &Database,
        keystore: &Keystore,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let key = platform_key::load(PURPOSE, Algorithm::Ed25519, database, keystore, now).await?;
        Ok(Self { key })
    }

    /// The address that fulfils a member's wish. It works for good: letters are kept for years.
    pub(crate) fn link(
        &self,
        (college, member): (CollegeId, MemberId),
        wish: Wish,
        app: &App,
    ) -> Result<String, Refusal> {
        let said: [&[u8]; 3] =
            [college.0.as_bytes(), member.0.as_bytes(), wish.as_str().as_bytes()];
        let mut token = said.concat();
        let signature = platform_key::sign(&self.key, &token, &app.keystore)?;
        token.extend_from_slice(&signature);
        let token = URL_SAFE_NO_PAD.encode(token);
        Ok(format!("{}/unsubscribe/{token}", app.public_url.as_str()))
    }

    /// Whose wish a token is, and which; none where the hub did not sign it.
    fn read(&self, token: &str) -> Option<((CollegeId, MemberId), Wish)> {
        let token = URL_SAFE_NO_PAD.decode(token).ok().filter(|token| token.len() <= LONGEST)?;
        let (said, signature) = token.split_last_chunk::<64>()?;
        let key = ed25519_dalek::VerifyingKey::try_from(&self.key.public_key[..]).ok()?;
        key.verify_strict(said, &ed25519_dalek::Signature::from_bytes(signature)).ok()?;
        let (college, rest) = said.split_first_chunk::<16>()?;
        let (member, wish) = rest.split_first_chunk::<16>()?;
        let who = (CollegeId(Uuid::from_bytes(*college)), MemberId(Uuid::from_bytes(*member)));
        Some((who, Wish::of(std::str::from_utf8(wish).ok()?)?))
    }
}

impl Wish {
    fn as_str(self) -> &'static str {
        match self {
            Self::NoMore(topic) => topic.as_str(),
            Self::NoDigest => DIGEST,
        }
    }

    fn of(word: &str) -> Option<Self> {
        if word == DIGEST {
            return Some(Self::NoDigest);
        }
        word.parse().ok().filter(|topic: &Topic| topic.may_be_off()).map(Self::NoMore)
    }

    /// What becomes of a choice; none where it stays.
    fn change(self, topic: Topic, mail: MailChoice) -> Option<MailChoice> {
        match self {
            Self::NoMore(unwanted) => (topic == unwanted).then_some(MailChoice::Off),
            Self::NoDigest if mail != MailChoice::Digest => None,
            Self::NoDigest if topic.may_be_off() => Some(MailChoice::Off),
            Self::NoDigest => Some(MailChoice::AtOnce),
        }
    }
}

/// The language of whoever a link was made for: it is asked in it whether they mean it. Nothing changes.
///
/// # Errors
/// `NotFound` for what is no link of this hub.
pub async fn look(token: &str, app: &App) -> Result<Language, Refusal> {
    let ((college, member), _) = app.unsubscribe.read(token).ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(college).await?;
    let reader = tx.reader(member).await?.ok_or(Refusal::NotFound)?;
    tx.commit().await?;
    word(&reader.language)
}

/// Do what a link wishes; a second time changes nothing.
///
/// # Errors
/// `NotFound` for what is no link of this hub.
pub async fn unsubscribe(token: &str, app: &Arc<App>) -> Result<Language, Refusal> {
    let ((college, member), wish) = app.unsubscribe.read(token).ok_or(Refusal::NotFound)?;
    let hub = app.clone();
    app.act(async move {
        let mut tx = hub.database.tenant(college).await?;
        let reader = tx.reader(member).await?.ok_or(Refusal::NotFound)?;
        for choice in all_choices(member, &mut tx).await? {
            if let Some(mail) = wish.change(choice.topic, choice.mail) {
                choose(member, Choice { mail, ..choice }, &mut tx).await?;
            }
        }
        tx.commit().await?;
        word(&reader.language)
    })
    .await
}
