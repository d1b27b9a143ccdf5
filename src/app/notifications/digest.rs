//! Daily letters: one a day and member, never empty, with what they have not read.

use super::unsubscribe::Wish;
use super::{line, path};
use crate::app::authenticate::word;
use crate::app::record::enqueue;
use crate::app::{App, Refusal};
use crate::domain::ids::{CollegeId, MemberId};
use crate::domain::job::Job;
use crate::domain::letter::Letter;
use crate::domain::member::Language;
use crate::storage::DueDigestRow;

/// So many members are looked for at once.
const CHUNK: i64 = 200;
/// So many notices a letter holds; the app has all.
const LONGEST: usize = 50;

/// See to it that every college's daily letters are written.
pub async fn write_digests(app: &App) -> Result<(), Refusal> {
    for college in app.database.college_ids().await? {
        let mut tx = app.database.tenant(college).await?;
        enqueue(&Job::WriteDigests {}, &mut tx, app).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Write the daily letters of a college that are due.
pub async fn write_due(college: CollegeId, app: &App) -> Result<(), Refusal> {
    let mut after = None;
    loop {
        let mut tx = app.database.tenant(college).await?;
        let due = tx.due_digests(after, CHUNK, app.now()).await?;
        tx.commit().await?;
        for row in &due {
            write_one(row, college, app).await?;
        }
        match due.last() {
            Some(last) => after = Some(MemberId(last.member_id)),
            None => return Ok(()),
        }
    }
}

/// One letter: its day is claimed, its notices are taken and it is enqueued in one transaction.
async fn write_one(due: &DueDigestRow, college: CollegeId, app: &App) -> Result<(), Refusal> {
    let member = MemberId(due.member_id);
    let mut tx = app.database.tenant(college).await?;
    if !tx.claim_digest(member, due.day).await? {
        return Ok(());
    }
    let notices = tx.take_for_digest(member, due.before).await?;
    let Some(reader) = tx.reader(member).await?.filter(|_| !notices.is_empty()) else {
        return Ok(());
    };
    let language: Language = word(&reader.language)?;
    let mut lines: Vec<_> = notices
        .iter()
        .map(|notice| line(&notice.kind, &notice.text, notice.title.as_deref(), language))
        .collect();
    let more = lines.len().saturating_sub(LONGEST);
    lines.truncate(LONGEST);
    let unsubscribe = app.unsubscribe.link((college, member), Wish::NoDigest, app)?;
    let letter = Letter::Notices {
        name: reader.full_name,
        college: tx.own_college().await?.name,
        lines,
        more,
        link: format!("{}{}", app.public_url.as_str(), path(None, false)),
        unsubscribe: Some(unsubscribe),
    };
    enqueue(&Job::SendMail { to: reader.email, language, letter }, &mut tx, app).await?;
    Ok(tx.commit().await?)
}
