//! A student follows the mailed link: the address is proven, and the roster may vouch for them.

use std::sync::Arc;

use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::authenticate::word;
use super::notifications::notify;
use super::one_time::{self, Purpose, digest, spent};
use super::record::{Actor, Happening, record};
use super::{App, Refusal};
use crate::domain::ids::{MemberId, RosterRowId};
use crate::domain::member::{MemberState, Place, Role};
use crate::domain::notice::NoticeKind;
use crate::domain::text::{Email, roll_key};
use crate::storage::{MemberOnRoster, MemberRow, RosterRow, TenantTx};

/// Who confirms whom the roster does not know.
const CONFIRMERS: [&str; 2] = [Role::Head.as_str(), Role::CollegeAdmin.as_str()];

/// Prove an address. Following the link again says the same as the first time.
///
/// # Errors
/// `Invalid` at `/token` where the link never was, is too old, or was replaced by a newer one.
pub async fn verify_email(token: String, app: &Arc<App>) -> Result<MemberState, Refusal> {
    let acting = app.clone();
    app.act(async move { prove(&token, &acting).await }).await
}

async fn prove(token: &str, app: &App) -> Result<MemberState, Refusal> {
    let (college, subject) =
        one_time::find(Purpose::VerifyEmail, token, app).await?.ok_or_else(spent)?;
    let id = MemberId(subject);
    let now = app.now();
    let mut tx = app.database.tenant(college).await?;
    let first = tx
        .consume_one_time_token(&digest(token), Purpose::VerifyEmail.as_str(), now)
        .await?
        .is_some();
    let member = tx.member(id, now).await?.ok_or_else(spent)?;
    let state: MemberState = word(&member.state)?;
    if state != MemberState::EmailUnverified {
        return Ok(state);
    }
    if !first {
        return Err(spent());
    }
    let reached = match find_on_roster(&member, &mut tx).await? {
        Some(row) if tx.take_roster_row(RosterRowId(row.id), id).await? => {
            tx.write_roster_facts(id, &facts(&row)).await?;
            MemberState::Confirmed
        }
        Some(_) | None => MemberState::Unconfirmed,
    };
    if !tx.move_member(id, state.as_str(), reached.as_str()).await? {
        return Err(spent());
    }
    let happening = Happening::in_college(
        "email_verified",
        serde_json::json!({ "member": id, "state": reached }),
    );
    record(happening, Actor { member: Some(id), role: Some(Role::Student) }, &mut tx, app).await?;
    if reached == MemberState::Unconfirmed {
        ask_to_confirm(&member, &mut tx, app).await?;
    }
    tx.commit().await?;
    Ok(reached)
}

/// Tell those who may confirm somebody whom the roster does not know; once, until they have read it.
async fn ask_to_confirm(member: &MemberRow, tx: &mut TenantTx, app: &App) -> Result<(), Refusal> {
    const KIND: NoticeKind = NoticeKind::RegistrationWaits;
    // Nobody confirms members by category.
    let place = Place {
        department: member.department_id.unwrap_or_default().into(),
        category: Uuid::nil().into(),
        event: None,
        academic: false,
    };
    for person in tx.holders_over(&CONFIRMERS, &place, app.now()).await? {
        if !tx.has_unread(person, KIND.as_str()).await? {
            let text = format!("{} registered and is not on the roster.", member.full_name);
            notify(person, KIND.as_str(), text, None, tx, app).await?;
        }
    }
    Ok(())
}

/// The free row of the member's roll number, where their address or the code they typed proves that it is theirs.
async fn find_on_roster(
    member: &MemberRow,
    tx: &mut TenantTx,
) -> Result<Option<RosterRow>, Refusal> {
    let Some(roll_number) = &member.roll_number else { return Ok(None) };
    let row = tx.roster_row(&roll_key(roll_number)).await?.filter(|row| row.member_id.is_none());
    Ok(row.filter(|row| proves(row, member)))
}

fn proves(row: &RosterRow, member: &MemberRow) -> bool {
    let address = Email::parse(&member.email)
        .is_ok_and(|email| row.email_key.as_deref() == Some(&email.key()));
    let code = match (&row.code_hash, &member.code_hash) {
        (Some(expected), Some(given)) => bool::from(expected.as_slice().ct_eq(given)),
        (Some(_) | None, Some(_) | None) => false,
    };
    address || code
}

/// What a member takes over from their row: the college's names are the ones that are signed.
pub(crate) fn facts(row: &RosterRow) -> MemberOnRoster {
    MemberOnRoster {
        full_name: row.full_name.clone(),
        full_name_native: row.full_name_native.clone(),
        programme_id: row.programme_id,
        batch: row.batch.clone(),
    }
}
