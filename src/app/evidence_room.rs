//! How much room a college gives to its students' files.

use serde_json::json;

use super::record::{Happening, record};
use super::{App, Refusal};
use crate::domain::ids::CollegeId;
use crate::domain::member::Caller;
use crate::storage::RoomRow;

/// The least that may be given to one student, octets: one file of the largest size.
pub const LEAST: i64 = 25 * 1024 * 1024;
/// The most that may be given to one student, octets.
pub const MOST: i64 = 100 * 1024 * 1024 * 1024;

/// What the college gives, and what is taken of it.
pub async fn read(keeper: &Caller, app: &App) -> Result<RoomRow, Refusal> {
    let mut tx = app.database.tenant(keeper.college).await?;
    let room = tx.room(keeper.member).await?;
    tx.commit().await?;
    Ok(room)
}

/// Say how many octets one student has. Files that are there already stay, also above it.
pub async fn change(per_student: i64, keeper: &Caller, app: &App) -> Result<RoomRow, Refusal> {
    if !(LEAST..=MOST).contains(&per_student) {
        let detail = format!("Between {LEAST} and {MOST} octets.");
        return Err(Refusal::field("per_student", "out_of_range", detail));
    }
    let mut tx = app.database.tenant(keeper.college).await?;
    tx.set_room(Some(per_student), None).await?;
    let happening =
        Happening::in_college("evidence_room_changed", json!({ "per_student": per_student }));
    record(happening, keeper.into(), &mut tx, app).await?;
    let room = tx.room(keeper.member).await?;
    tx.commit().await?;
    Ok(room)
}

/// Say how many octets the whole college has: the operator's to say.
pub async fn change_in_all(slug: &str, in_all: i64, app: &App) -> Result<(), Refusal> {
    if in_all < 0 {
        return Err(Refusal::field("in_all", "out_of_range", "Not below nothing."));
    }
    let college = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    tx.set_room(None, Some(in_all)).await?;
    Ok(tx.commit().await?)
}
