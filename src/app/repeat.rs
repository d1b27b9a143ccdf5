//! Requests that may be sent again without acting again: `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! A phone that lost the answer sends the same request with the same key, and gets the answer of the first.

use chrono::Duration;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{App, Refusal};
use crate::domain::member::Caller;
use crate::storage::{NewRepeatableRequest, RepeatableRequestRow};

/// How long a key is remembered.
const KEPT: Duration = Duration::days(7);
/// A request that has not ended by now never will: the hub was killed meanwhile.
const ABANDONED: Duration = Duration::minutes(5);

/// A request with a key.
#[derive(Clone, Debug)]
pub struct Repeatable {
    /// The key, as the client made it.
    pub key: String,
    /// Method and address.
    pub operation: String,
    /// SHA-256 of the body.
    pub body_sha256: [u8; 32],
}

impl Repeatable {
    /// A request, by its key, its method and address, and its body.
    pub fn new(key: &str, operation: String, body: &[u8]) -> Self {
        Self { key: key.to_owned(), operation, body_sha256: Sha256::digest(body).into() }
    }
}

/// An answer that was given.
#[derive(Clone, Debug)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// Names and values of the headers worth keeping.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// Begin a request: none where it has to be done now, the answer where it was done before.
///
/// Refused where the key stands for another request, or where the first is still under way.
pub async fn begin(
    request: &Repeatable,
    caller: &Caller,
    app: &App,
) -> Result<Option<KeptAnswer>, Refusal> {
    let now = app.now();
    let new = NewRepeatableRequest {
        member: caller.member,
        key: &request.key,
        operation: &request.operation,
        body_sha256: &request.body_sha256,
    };
    let mut tx = app.database.tenant(caller.college).await?;
    let taken = tx.begin_repeatable(&new, now, now - ABANDONED).await?;
    let held = if taken { None } else { tx.repeatable(caller.member, &request.key).await? };
    tx.commit().await?;
    match held {
        _ if taken => Ok(None),
        Some(row) => replay(row, request).map(Some),
        // Given back between the two statements: whoever held it did nothing.
        None => Err(Refusal::StillRunning),
    }
}

/// Keep the answer of a request that was done.
pub async fn keep(
    request: &Repeatable,
    answer: &KeptAnswer,
    caller: &Caller,
    app: &App,
) -> Result<(), Refusal> {
    let headers = serde_json::to_value(&answer.headers).map_err(Refusal::internal)?;
    let mut tx = app.database.tenant(caller.college).await?;
    tx.answer_repeatable(
        caller.member,
        &request.key,
        i32::from(answer.status),
        &headers,
        &answer.body,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Give the key back: the request was refused and changed nothing, so that it may come again mended.
pub async fn give_back(request: &Repeatable, caller: &Caller, app: &App) -> Result<(), Refusal> {
    let mut tx = app.database.tenant(caller.college).await?;
    tx.forget_repeatable(caller.member, &request.key).await?;
    Ok(tx.commit().await?)
}

/// Forget the keys of all colleges that are older than seven days.
pub async fn forget_old(app: &App) -> Result<(), Refusal> {
    for college in app.database.college_ids().await? {
        let mut tx = app.database.tenant(college).await?;
        tx.forget_repeatables_before(app.now() - KEPT).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn replay(row: RepeatableRequestRow, request: &Repeatable) -> Result<KeptAnswer, Refusal> {
    if row.operation != request.operation || row.body_sha256 != request.body_sha256 {
        return Err(Refusal::KeyOfAnotherRequest);
    }
    let status = row.status.ok_or(Refusal::StillRunning)?;
    Ok(KeptAnswer {
        status: u16::try_from(status).map_err(Refusal::internal)?,
        headers: serde_json::from_value(row.headers.unwrap_or(Value::Array(Vec::new())))
            .map_err(Refusal::internal)?,
        body: row.body.unwrap_or_default(),
    })
}
