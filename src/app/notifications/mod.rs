//! Notices to one member: in the app always, by letter and push as they chose.

mod digest;
pub mod preferences;
pub mod unsubscribe;

pub use digest::{write_digests, write_due};

use super::authenticate::word;
use super::record::enqueue;
use super::{App, Refusal};
use crate::domain::ids::{AchievementId, MemberId, NotificationId};
use crate::domain::job::Job;
use crate::domain::letter::{Letter, NoticeLine};
use crate::domain::member::{Caller, Language};
use crate::domain::notice::{MailChoice, NoticeKind};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::storage::{NotificationRow, TenantTx};
use unsubscribe::Wish;

/// The caller's notices, newest first.
pub async fn list(
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<NotificationRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.notifications(caller.member, &page).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// Mark the caller's notices read, up to and with this one.
pub async fn mark_read(up_to: NotificationId, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    tx.mark_read(caller.member, up_to.0, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Tell a member something, in the transaction of the act it is about.
pub(crate) async fn notify(
    member: MemberId,
    kind: &str,
    text: String,
    achievement: Option<AchievementId>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    match tell(member, kind, &text, achievement, tx, app).await? {
        MailChoice::AtOnce => write_at_once(member, kind, text, achievement, tx, app).await,
        MailChoice::Digest | MailChoice::Off => Ok(()),
    }
}

/// The same without the letter: for whoever has one that says more, and sends it where it is wanted at once.
pub(crate) async fn tell(
    member: MemberId,
    kind: &str,
    text: &str,
    achievement: Option<AchievementId>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<MailChoice, Refusal> {
    let row = NotificationRow {
        id: app.row_id(),
        kind: kind.to_owned(),
        text: text.to_owned(),
        achievement_id: achievement.map(|id| id.0),
        created_at: app.now(),
        read_at: None,
    };
    let delivery = tx.insert_notification(member, &row, NoticeKind::of(kind).topic()).await?;
    if delivery.push {
        enqueue(&Job::Announce { notice: NotificationId(row.id) }, tx, app).await?;
    }
    word(&delivery.mail)
}

/// Where the app shows it: to its student, or to whoever reviews it.
pub(super) fn path(achievement: Option<uuid::Uuid>, own: bool) -> String {
    match achievement {
        Some(id) if own => format!("/app/achievements/{id}"),
        Some(id) => format!("/app/review/{id}"),
        None => "/app/".to_owned(),
    }
}

/// A notice as letters say it: its kind in the reader's language, and the title of what it is about, or what was said.
fn line(kind: &str, text: &str, title: Option<&str>, language: Language) -> NoticeLine {
    let detail = title.unwrap_or(text).split_whitespace().collect::<Vec<_>>().join(" ");
    NoticeLine { heading: NoticeKind::of(kind).heading(language).to_owned(), detail }
}

async fn write_at_once(
    member: MemberId,
    kind: &str,
    text: String,
    achievement: Option<AchievementId>,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let Some(reader) = tx.reader(member).await? else { return Ok(()) };
    let about = match achievement {
        Some(id) => tx.achievement(id).await?,
        None => None,
    };
    let language = word(&reader.language)?;
    let own = about.as_ref().is_some_and(|about| about.student_id == member.0);
    let topic = NoticeKind::of(kind).topic();
    let unsubscribe = if topic.may_be_off() {
        Some(app.unsubscribe.link((tx.college(), member), Wish::NoMore(topic), app)?)
    } else {
        None
    };
    let title = about.as_ref().map(|about| about.title.as_str());
    let letter = Letter::Notices {
        name: reader.full_name,
        college: tx.own_college().await?.name,
        lines: vec![line(kind, &text, title, language)],
        more: 0,
        link: format!("{}{}", app.public_url.as_str(), path(achievement.map(|id| id.0), own)),
        unsubscribe,
    };
    enqueue(&Job::SendMail { to: reader.email, language, letter }, tx, app).await
}
