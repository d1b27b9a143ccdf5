//! The roster: read, and imported from a spreadsheet.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::one_time::digest;
use super::record::{Actor, Happening, record};
use super::register::{paper_code, parse_batch, parse_roll_number};
use super::{App, Refusal};
use crate::domain::field::FieldErrors;
use crate::domain::member::Caller;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::text::{self, Email, roll_key};
use crate::storage::{NewRosterRow, ProgrammeRow, RosterRow};

/// The columns, by the names of the first line; their order is free, the last three may be missing.
const COLUMNS: [&str; 7] =
    ["roll_number", "full_name", "programme", "batch", "full_name_native", "email", "code"];
const REQUIRED: usize = 4;
/// Most rows one import may hold.
const MOST_ROWS: usize = 20_000;
/// Fewer characters of a paper code could be guessed.
const SHORTEST_CODE: usize = 8;

/// What an import did, or would do.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Rows without a fault.
    pub accepted: usize,
    /// Of these, new ones.
    pub created: usize,
    /// Of these, ones that stood there already.
    pub updated: usize,
    /// Faults of the others.
    pub errors: Vec<RowError>,
}

/// A fault of one row; the others are imported all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The line of the file, the first one with the column names being 1.
    pub row: u64,
    /// Name of the column; empty where it is the whole row.
    pub column: String,
    /// Machine word.
    pub code: &'static str,
    /// One sentence.
    pub detail: String,
}

/// Rows of the roster in the order they were imported, and their number where it is asked for.
pub async fn list(
    search: Option<&str>,
    page: PageRequest,
    count: bool,
    caller: &Caller,
    app: &App,
) -> Result<(Page<RosterRow>, Option<i64>), Refusal> {
    let words = search.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    // An empty key is the beginning of every roll number: a search for "--" means none.
    let key = words.as_deref().map(roll_key).filter(|key| !key.is_empty());
    let mut tx = app.database.tenant(caller.college).await?;
    let rows = tx.roster(words.as_deref(), key.as_deref(), &page).await?;
    let count =
        if count { Some(tx.count_roster(words.as_deref(), key.as_deref()).await?) } else { None };
    tx.commit().await?;
    Ok((Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }), count))
}

/// Import a CSV file (RFC 4180): rows without a fault are written, one of a known roll number brought up to date.
/// A dry run writes nothing and reports the same.
///
/// # Errors
/// `Invalid` at `/csv` where the file as a whole cannot be read.
pub async fn import(
    csv: String,
    dry_run: bool,
    caller: &Caller,
    app: &Arc<App>,
) -> Result<ImportReport, Refusal> {
    let (acting, caller) = (app.clone(), caller.clone());
    app.act(async move {
        let mut tx = acting.database.tenant(caller.college).await?;
        let programmes = tx.programmes().await?;
        let Sheet { rows, errors } = read(&csv, &programmes, &acting)?;
        let keys: Vec<String> = rows.iter().map(|row| row.roll_key.clone()).collect();
        let updated = tx.roster_rows(&keys).await?.len();
        let report = ImportReport { accepted: rows.len(), created: rows.len() - updated, updated, errors };
        if !dry_run {
            tx.upsert_roster(&rows).await?;
            let data = serde_json::json!({ "created": report.created, "updated": report.updated, "faulty": report.errors.len() });
            record(Happening::in_college("roster_imported", data), Actor::from(&caller), &mut tx, &acting).await?;
        }
        tx.commit().await?;
        Ok(report)
    })
    .await
}

struct Sheet {
    rows: Vec<NewRosterRow>,
    errors: Vec<RowError>,
}

fn read(file: &str, programmes: &[ProgrammeRow], app: &App) -> Result<Sheet, Refusal> {
    // Spreadsheets begin their files with a byte order mark.
    let file = file.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file.as_bytes());
    let unreadable = |error: csv::Error| {
        Refusal::field("csv", "malformed", format!("This is not a CSV file: {error}."))
    };
    let places = find_columns(reader.headers().map_err(unreadable)?, &COLUMNS, REQUIRED)?;
    let programmes: HashMap<&str, &ProgrammeRow> =
        programmes.iter().map(|row| (row.code.as_str(), row)).collect();
    let mut sheet = Sheet { rows: Vec::new(), errors: Vec::new() };
    let mut seen = HashSet::new();
    for (index, line) in reader.records().enumerate() {
        if index == MOST_ROWS {
            return Err(Refusal::field(
                "csv",
                "too_long",
                format!("One import takes at most {MOST_ROWS} rows; please split the file."),
            ));
        }
        let line = line.map_err(unreadable)?;
        let number = line.position().map_or(0, csv::Position::line);
        let mut errors = FieldErrors::default();
        let row = parse_row(
            |column| places.get(column).and_then(|place| line.get(*place)).unwrap_or(""),
            &programmes,
            &mut errors,
            app,
        );
        match row {
            Some(row) if !seen.insert(row.roll_key.clone()) => {
                errors.add("roll_number", "repeated", "This roll number stands further up already.")
            }
            Some(row) => sheet.rows.push(row),
            None => {}
        }
        sheet.errors.extend(errors.0.into_iter().map(|error| RowError {
            row: number,
            column: error.pointer.trim_start_matches('/').to_owned(),
            code: error.code,
            detail: error.detail,
        }));
    }
    Ok(sheet)
}

/// Where each column stands, by the names of the first line; the first `required` of those known must be there.
pub(crate) fn find_columns(
    headers: &csv::StringRecord,
    known: &[&'static str],
    required: usize,
) -> Result<HashMap<&'static str, usize>, Refusal> {
    let named = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let places: HashMap<&str, usize> =
        known.iter().filter_map(|name| named(name).map(|place| (*name, place))).collect();
    let missing: Vec<&str> =
        known[..required].iter().copied().filter(|name| !places.contains_key(name)).collect();
    let unknown =
        headers.iter().find(|header| !known.iter().any(|name| header.eq_ignore_ascii_case(name)));
    if !missing.is_empty() {
        return Err(Refusal::field(
            "csv",
            "columns",
            format!("The first line must name the columns; missing: {}.", missing.join(", ")),
        ));
    }
    if let Some(unknown) = unknown {
        return Err(Refusal::field(
            "csv",
            "columns",
            format!("There is no column {unknown:?}; known are {}.", known.join(", ")),
        ));
    }
    Ok(places)
}

fn parse_row<'a>(
    cell: impl Fn(&str) -> &'a str,
    programmes: &HashMap<&str, &ProgrammeRow>,
    errors: &mut FieldErrors,
    app: &App,
) -> Option<NewRosterRow> {
    let roll_number = errors.take("roll_number", parse_roll_number(cell("roll_number")));
    let full_name = errors.take("full_name", text::line(cell("full_name"), 2, 120));
    let full_name_native =
        errors.take("full_name_native", text::optional_line(Some(cell("full_name_native")), 120));
    let batch = errors.take("batch", parse_batch(cell("batch")));
    let programme = programmes.get(cell("programme"));
    if programme.is_none() {
        errors.add("programme", "unknown", "The college has no programme of this code.");
    }
    let email = Some(cell("email")).filter(|email| !email.is_empty());
    let email = errors.take("email", email.map(Email::parse).transpose());
    let code = Some(paper_code(cell("code"))).filter(|code| !code.is_empty());
    if code.as_ref().is_some_and(|code| code.chars().count() < SHORTEST_CODE) {
        errors.add(
            "code",
            "too_short",
            format!("A code needs at least {SHORTEST_CODE} letters or digits."),
        );
    }
    if !errors.0.is_empty() {
        return None;
    }
    let roll_number = roll_number?;
    Some(NewRosterRow {
        id: app.row_id(),
        roll_key: roll_key(&roll_number),
        roll_number,
        full_name: full_name?,
        full_name_native: full_name_native?,
        programme_id: programme?.id,
        batch: batch?,
        email_key: email?.map(|email| email.key()),
        code_hash: code.map(|code| digest(&code).to_vec()),
    })
}
