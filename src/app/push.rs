//! Browsers that are told: which ones, and telling them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::authenticate::word;
use super::notifications::path;
use super::record::{enqueue, enqueue_later};
use super::work::Failure;
use super::{App, Refusal, platform_key};
use crate::domain::authentication::device_words;
use crate::domain::field::FieldErrors;
use crate::domain::ids::{CollegeId, NotificationId, PushSubscriptionId};
use crate::domain::job::Job;
use crate::domain::member::{Caller, Language};
use crate::domain::notice::{NoticeKind, rest};
use crate::keystore::{Algorithm, Keystore};
use crate::push::{self, Browser, Message, Once, PushError, Pusher};
use crate::storage::{AnnouncedRow, Database, PlatformKeyRow, PushSubscriptionRow};

/// So many browsers one member is told by: the newest.
const MOST_BROWSERS: i64 = 10;
/// What a push service gives fits well.
const LONGEST_ENDPOINT: usize = 2048;
/// A phone shows no more of a text; and a push service takes 3,993 octets in all.
const LONGEST_BODY: usize = 300;

/// The hub's name before push services, and the way to them.
pub(crate) struct Pushing {
    key: PlatformKeyRow,
    pusher: Pusher,
}

impl Pushing {
    /// Take the platform's key, made now where there is none.
    pub(crate) async fn load(
        pusher: Pusher,
        database: &Database,
        keystore: &Keystore,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let purpose = platform_key::PUSH;
        let key = platform_key::load(purpose, Algorithm::P256, database, keystore, now).await?;
        Ok(Self { key, pusher })
    }
}

/// A subscription as a browser gives it.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// The push service's address.
    pub endpoint: String,
    /// `keys.p256dh`, base64url.
    pub p256dh: String,
    /// `keys.auth`, base64url.
    pub auth: String,
}

/// The hub's public key before push services, base64url: `applicationServerKey` (RFC 8292 §4.1).
pub fn server_key(app: &App) -> String {
    URL_SAFE_NO_PAD.encode(&app.pushing.key.public_key)
}

/// The caller's browsers, newest first.
pub async fn list(caller: &Caller, app: &App) -> Result<Vec<PushSubscriptionRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.push_subscriptions(caller.member, None).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Tell this browser too, until the session it is in ends.
///
/// # Errors
/// `Invalid` at `/endpoint`, `/keys/p256dh` and `/keys/auth`.
pub async fn subscribe(
    new: NewSubscription,
    user_agent: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<PushSubscriptionRow, Refusal> {
    let session = caller.session.as_ref().ok_or(Refusal::Unauthenticated)?.id;
    let mut row = parse(new, user_agent, app)?;
    let (hub, person) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(person.college).await?;
        row.id = tx.keep_push_subscription((person.member, session), &row).await?.0;
        tx.prune_push_subscriptions(person.member, MOST_BROWSERS).await?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}

/// Tell this browser no more.
///
/// # Errors
/// `NotFound` where it is none of the caller's.
pub async fn unsubscribe(
    id: PushSubscriptionId,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<(), Refusal> {
    let (hub, person) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = hub.database.tenant(person.college).await?;
        if !tx.delete_push_subscription(id, Some(person.member)).await? {
            return Err(Refusal::NotFound);
        }
        Ok(tx.commit().await?)
    })
    .await
}

/// Tell a member's browsers of a notice, each by a job of its own; after the quiet hours, where it is night.
pub(super) async fn announce(
    notice: NotificationId,
    college: CollegeId,
    app: &App,
) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(college).await?;
    let Some(row) = tx.announced(notice, app.now()).await?.filter(|row| !row.read) else {
        return Ok(());
    };
    let quiet = row.quiet_from.zip(row.quiet_until);
    if let Some(rest) = quiet.and_then(|(from, until)| rest(row.clock, from, until)) {
        enqueue_later(&Job::Announce { notice }, rest, &mut tx, app).await?;
        return Ok(tx.commit().await?);
    }
    let member = row.member_id.into();
    tx.prune_push_subscriptions(member, MOST_BROWSERS).await?;
    for browser in tx.push_subscriptions(member, None).await? {
        enqueue(&Job::Push { notice, subscription: browser.id.into() }, &mut tx, app).await?;
    }
    Ok(tx.commit().await?)
}

/// Push a notice to one browser; one that is gone is forgotten.
pub(super) async fn push(
    notice: NotificationId,
    subscription: PushSubscriptionId,
    college: CollegeId,
    app: &App,
) -> Result<(), Failure> {
    let mut tx = app.database.tenant(college).await.map_err(Refusal::from)?;
    let row = tx.announced(notice, app.now()).await.map_err(Refusal::from)?;
    let Some(row) = row.filter(|row| !row.read) else { return Ok(()) };
    let found = tx.push_subscriptions(row.member_id.into(), Some(subscription)).await;
    let Some(browser) = found.map_err(Refusal::from)?.pop() else { return Ok(()) };
    // No connection is held while somebody outside answers.
    tx.commit().await.map_err(Refusal::from)?;
    match send(&row, notice, &browser, app).await? {
        Ok(()) => Ok(()),
        Err(PushError::Gone) => {
            let mut tx = app.database.tenant(college).await.map_err(Refusal::from)?;
            tx.delete_push_subscription(subscription, None).await.map_err(Refusal::from)?;
            Ok(tx.commit().await.map_err(Refusal::from)?)
        }
        Err(error @ PushError::Refused(_)) => Err(Failure::ForGood(Refusal::internal(error))),
        Err(error @ PushError::Unreachable(_)) => Err(Failure::Later(Refusal::internal(error))),
    }
}

async fn send(
    row: &AnnouncedRow,
    notice: NotificationId,
    browser: &PushSubscriptionRow,
    app: &App,
) -> Result<Result<(), PushError>, Refusal> {
    let Pushing { key, pusher } = &app.pushing;
    let Some(origin) = pusher.origin(&browser.endpoint) else { return Ok(Err(PushError::Gone)) };
    let claims = push::claims(&origin, app.public_url.as_str(), app.now());
    let signature = platform_key::sign(key, claims.as_bytes(), &app.keystore)?;
    let about = row.achievement_id.unwrap_or(notice.0);
    let payload = said(row, about)?;
    let message = Message {
        payload: payload.as_bytes(),
        topic: &about.simple().to_string(),
        authorization: &push::authorization(&claims, &signature, &key.public_key),
    };
    let to = Browser { endpoint: &browser.endpoint, p256dh: &browser.p256dh, auth: &browser.auth };
    let mut salt = [0; 16];
    salt.copy_from_slice(&app.random_bytes()[..16]);
    Ok(pusher.push(message, to, Once { secret: app.random_bytes(), salt }).await)
}

/// What the service worker of the app reads (web/src/sw/push.ts).
fn said(row: &AnnouncedRow, about: uuid::Uuid) -> Result<String, Refusal> {
    let language: Language = word(&row.language)?;
    let body: String =
        row.title.as_deref().unwrap_or(&row.text).chars().take(LONGEST_BODY).collect();
    Ok(json!({
        "title": NoticeKind::of(&row.kind).heading(language),
        "body": body,
        "path": path(row.achievement_id, row.own),
        "tag": about,
    })
    .to_string())
}

fn parse(
    new: NewSubscription,
    user_agent: &str,
    app: &App,
) -> Result<PushSubscriptionRow, Refusal> {
    let mut errors = FieldErrors::default();
    let reachable = app.pushing.pusher.origin(&new.endpoint).is_some();
    if !reachable || new.endpoint.len() > LONGEST_ENDPOINT {
        let message = "A push service is reached by https, at a public address.";
        errors.add("endpoint", "unreachable", message);
    }
    // Browsers leave the padding out, some libraries do not.
    let decode = |text: &str| URL_SAFE.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text));
    let p256dh = decode(&new.p256dh).unwrap_or_default();
    if p256dh.len() != 65 || p256::PublicKey::from_sec1_bytes(&p256dh).is_err() {
        errors.add("keys/p256dh", "malformed", "This is no public key of a browser.");
    }
    let auth = decode(&new.auth).unwrap_or_default();
    if auth.len() != 16 {
        errors.add("keys/auth", "malformed", "This is no secret of a browser.");
    }
    Ok(errors.or(PushSubscriptionRow {
        id: app.row_id(),
        endpoint: new.endpoint,
        p256dh,
        auth,
        device: device_words(user_agent),
        created_at: app.now(),
    })?)
}
