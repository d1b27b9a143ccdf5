//! A year graduates: the list of those who did, as a CSV file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::member_life::graduate_in;
use super::roster::{RowError, find_columns};
use super::{App, Refusal};
use crate::domain::ids::MemberId;
use crate::domain::member::{Caller, MemberState};
use crate::domain::text::{Email, roll_key};

/// Most rows one list may hold.
const MOST_ROWS: usize = 10_000;
/// Its columns; the first has to be there.
const COLUMNS: [&str; 2] = ["roll_number", "personal_email"];

/// What came of a list.
#[derive(Clone, Debug, Default)]
pub struct Graduations {
    /// Students who graduate.
    pub accepted: usize,
    /// Rows of alumni: nothing to do.
    pub repeated: usize,
    /// Rows with a fault; they are left out.
    pub errors: Vec<RowError>,
}

/// Everybody on the list graduates who is a confirmed student; the other rows are named. A dry run writes nothing and
/// reports the same.
///
/// # Errors
/// `Invalid` at `/csv` where the file as a whole cannot be read.
pub async fn import(
    csv: String,
    dry_run: bool,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<Graduations, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let lines = read(&csv)?;
        let keys: Vec<String> = lines.iter().map(|line| line.key.clone()).collect();
        let mut tx = acting.database.tenant(caller.college).await?;
        let known: HashMap<String, (MemberId, String)> = tx
            .graduates_by_roll(&keys)
            .await?
            .into_iter()
            .map(|(key, id, state)| (key, (id, state)))
            .collect();
        let mut report = Graduations::default();
        let mut seen = HashSet::new();
        for line in lines {
            let fault = |column: &str, code, detail: &str| RowError {
                row: line.number,
                column: column.to_owned(),
                code,
                detail: detail.to_owned(),
            };
            let Ok(email) = line.email.as_deref().map(Email::parse).transpose() else {
                let detail = "This is not an e-mail address.";
                report.errors.push(fault("personal_email", "malformed", detail));
                continue;
            };
            match known.get(&line.key) {
                None => {
                    let detail = "No student with an account has this roll number.";
                    report.errors.push(fault("roll_number", "unknown", detail));
                }
                Some((id, _)) if !seen.insert(*id) => {
                    let detail = "This roll number stands further up already.";
                    report.errors.push(fault("roll_number", "repeated", detail));
                }
                Some((_, state)) if state == MemberState::Alumnus.as_str() => report.repeated += 1,
                Some((_, state)) if state != MemberState::Confirmed.as_str() => {
                    let detail = "Only a confirmed student can graduate.";
                    report.errors.push(fault("roll_number", "not_confirmed", detail));
                }
                Some((id, _)) => {
                    match graduate_in(*id, email.as_ref(), &caller, &mut tx, &acting).await {
                        Ok(()) => report.accepted += 1,
                        // The one fault that only the row itself shows; nothing of a refused row may stay.
                        Err(Refusal::Invalid(_)) => {
                            let detail =
                                format!("Line {}: another account has this address.", line.number);
                            return Err(Refusal::field("csv", "taken", detail));
                        }
                        Err(other) => return Err(other),
                    }
                }
            }
        }
        if dry_run {
            drop(tx);
        } else {
            tx.commit().await?;
        }
        Ok(report)
    })
    .await
}

struct Line {
    number: u64,
    key: String,
    email: Option<String>,
}

fn read(file: &str) -> Result<Vec<Line>, Refusal> {
    // Spreadsheets begin their files with a byte order mark.
    let file = file.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file.as_bytes());
    let unreadable = |error: csv::Error| {
        Refusal::field("csv", "malformed", format!("This is not a CSV file: {error}."))
    };
    let places = find_columns(reader.headers().map_err(unreadable)?, &COLUMNS, 1)?;
    let mut lines = Vec::new();
    for (index, line) in reader.records().enumerate() {
        if index == MOST_ROWS {
            let detail = format!("One list takes at most {MOST_ROWS} rows; please split the file.");
            return Err(Refusal::field("csv", "too_long", detail));
        }
        let line = line.map_err(unreadable)?;
        let cell = |column| places.get(column).and_then(|place| line.get(*place)).unwrap_or("");
        lines.push(Line {
            number: line.position().map_or(0, csv::Position::line),
            key: roll_key(cell("roll_number")),
            email: Some(cell("personal_email")).filter(|cell| !cell.is_empty()).map(str::to_owned),
        });
    }
    Ok(lines)
}
