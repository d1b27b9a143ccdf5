//! A student asks that the records say another name or programme of them; an admin decides.

use std::sync::Arc;

use serde_json::json;

use super::authenticate::word;
use super::member_life::{self, ChangedRecords, RawRecordChange, parse_reason};
use super::notifications::notify;
use super::record::{Actor, Happening, record};
use super::refusal::Current;
use super::{App, Refusal};
use crate::domain::ids::{MemberChangeId, MemberId};
use crate::domain::member::{Caller, Role, words};
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::optional_line;
use crate::storage::{MemberChangeRow, NewMemberChange, RecordChange, TenantTx};

words! {
    /// What became of a change that was asked for.
    ChangeOutcome {
        /// The records say it now.
        Accepted = "accepted",
        /// They stay as they are.
        Declined = "declined",
        /// The student took it back.
        Withdrawn = "withdrawn",
    }
}

/// Ask, as a student; one request at a time.
///
/// # Errors
/// `Forbidden` for staff; `Invalid` for a field; `Conflict` where one is open.
pub async fn ask(
    raw: RawRecordChange,
    reason: &str,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<MemberChangeRow, Refusal> {
    if !caller.student {
        return Err(Refusal::Forbidden);
    }
    let reason = parse_reason(reason)?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let now = acting.now();
        let mut tx = acting.database.tenant(caller.college).await?;
        let row = tx.member(caller.member, now).await?.ok_or(Refusal::Unauthenticated)?;
        let change = member_life::parse(raw, &row, &mut tx).await?;
        let id = MemberChangeId(acting.row_id());
        let new = NewMemberChange {
            id,
            member: caller.member,
            full_name: change.full_name,
            full_name_native: change.full_name_native,
            programme: change.programme.map(|id| id.0),
            reason,
            asked_at: now,
        };
        if !tx.insert_member_change(&new).await? {
            return Err(Refusal::Conflict(
                "You asked for a change already: take it back first, or wait for the answer.",
            ));
        }
        let facts = json!({ "change": id, "member": caller.member });
        let happening = Happening::in_college("member_change_asked", facts);
        record(happening, Actor::from(&caller), &mut tx, &acting).await?;
        for admin in tx.holders(&[Role::CollegeAdmin.as_str()], now).await? {
            let text = "A student asks for a change of the college's records.".to_owned();
            notify(admin, "member_change_asked", text, None, &mut tx, &acting).await?;
        }
        let row = tx.member_change(id).await?.ok_or(Refusal::NotFound)?;
        tx.commit().await?;
        Ok(row)
    })
    .await
}

/// What was asked for, newest first: of the caller, or of everybody for an admin.
pub async fn list(
    of: Option<MemberId>,
    open: bool,
    page: PageRequest,
    caller: &Caller,
    app: &App,
) -> Result<Page<MemberChangeRow>, Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.member_changes(of, open, &page).await?;
    tx.commit().await?;
    Ok(Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }))
}

/// Accept: the records say it from now on, and what could be issued anew is offered.
///
/// # Errors
/// `NotFound`; `Stale`.
pub async fn accept(
    id: MemberChangeId,
    version: i64,
    comment: Option<&str>,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<ChangedRecords, Refusal> {
    let comment = parse_comment(comment)?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let asked = tx.member_change(id).await?.ok_or(Refusal::NotFound)?;
        settle(
            &asked,
            version,
            ChangeOutcome::Accepted,
            comment.as_deref(),
            &caller,
            &mut tx,
            &acting,
        )
        .await?;
        let member = MemberId(asked.member_id);
        let row = tx.member(member, acting.now()).await?.ok_or(Refusal::NotFound)?;
        let change = RecordChange {
            full_name: asked.full_name.clone(),
            full_name_native: asked.full_name_native.clone(),
            programme: asked.programme_id.map(Into::into),
            department: None,
        };
        let changed = member_life::write(
            &row,
            row.version,
            &change,
            &asked.reason,
            &caller,
            &mut tx,
            &acting,
        )
        .await?;
        tx.commit().await?;
        Ok(changed)
    })
    .await
}

/// Decline as an admin, or withdraw as who asked.
///
/// # Errors
/// `NotFound`; `Stale`.
pub async fn close(
    id: MemberChangeId,
    version: i64,
    outcome: ChangeOutcome,
    comment: Option<&str>,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<MemberChangeRow, Refusal> {
    let comment = parse_comment(comment)?;
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let own = |row: &MemberChangeRow| {
            outcome != ChangeOutcome::Withdrawn || row.member_id == caller.member.0
        };
        let asked = tx.member_change(id).await?.filter(own).ok_or(Refusal::NotFound)?;
        settle(&asked, version, outcome, comment.as_deref(), &caller, &mut tx, &acting).await?;
        let row = tx.member_change(id).await?.ok_or(Refusal::NotFound)?;
        if outcome == ChangeOutcome::Declined {
            let text = "Your college did not change its records as you asked.".to_owned();
            let member = MemberId(asked.member_id);
            notify(member, "member_change_declined", text, None, &mut tx, &acting).await?;
        }
        tx.commit().await?;
        Ok(row)
    })
    .await
}

async fn settle(
    asked: &MemberChangeRow,
    version: i64,
    outcome: ChangeOutcome,
    comment: Option<&str>,
    caller: &Caller,
    tx: &mut TenantTx,
    app: &App,
) -> Result<(), Refusal> {
    let key = (MemberChangeId(asked.id), version);
    let word_of = outcome.as_str();
    if !tx.decide_member_change(key, word_of, caller.member, comment, app.now()).await? {
        let now = tx.member_change(key.0).await?.ok_or(Refusal::NotFound)?;
        let outcome = now.outcome.as_deref().map(word::<ChangeOutcome>).transpose()?;
        return Err(Refusal::Stale(Current {
            status: outcome.map_or("open", ChangeOutcome::as_str),
            decided_by: None,
            decided_at: now.decided_at,
            version: now.version,
        }));
    }
    let facts = json!({ "change": asked.id, "member": asked.member_id, "outcome": outcome });
    let happening = Happening::in_college("member_change_decided", facts).saying(comment);
    record(happening, Actor::from(caller), tx, app).await
}

fn parse_comment(comment: Option<&str>) -> Result<Option<String>, Refusal> {
    optional_line(comment, 500)
        .map_err(|error| Refusal::field("comment", error.code(), error.to_string()))
}
