//! Past approvals as a CSV file (RFC 4180).

use super::{MOST_ROWS, row::RawRow, too_many};
use crate::app::Refusal;
use crate::app::roster::find_columns;

/// The columns, by the names of the first line; their order is free, those after the seventh may be missing.
const COLUMNS: [&str; 16] = [
    "reference",
    "student",
    "category",
    "title",
    "organiser",
    "approver",
    "approved_on",
    "description",
    "role",
    "level",
    "outcome",
    "started_on",
    "ended_on",
    "hours",
    "skills",
    "team",
];
const REQUIRED: usize = 7;

/// The rows of a file; skills stand in one cell, between semicolons.
///
/// # Errors
/// `Invalid` at `/csv` where the file as a whole cannot be read.
pub fn read(file: &str) -> Result<Vec<RawRow>, Refusal> {
    // Spreadsheets begin their files with a byte order mark.
    let file = file.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file.as_bytes());
    let unreadable = |error: csv::Error| {
        Refusal::field("csv", "malformed", format!("This is not a CSV file: {error}."))
    };
    let places = find_columns(reader.headers().map_err(unreadable)?, &COLUMNS, REQUIRED)?;
    let mut rows = Vec::new();
    for line in reader.records() {
        let line = line.map_err(unreadable)?;
        if rows.len() == MOST_ROWS {
            return Err(too_many());
        }
        let cell = |column: &str| {
            let place = places.get(column);
            place.and_then(|place| line.get(*place)).unwrap_or_default().to_owned()
        };
        let number = line.position().map_or(0, csv::Position::line);
        let skills = cell("skills");
        let skills = skills.split(';').map(str::trim).filter(|skill| !skill.is_empty());
        rows.push(RawRow {
            position: i32::try_from(number).map_err(Refusal::internal)?,
            reference: cell("reference"),
            student: cell("student"),
            category: cell("category"),
            title: cell("title"),
            description: cell("description"),
            organiser: cell("organiser"),
            role: cell("role"),
            level: cell("level"),
            outcome: cell("outcome"),
            started_on: cell("started_on"),
            ended_on: cell("ended_on"),
            hours: cell("hours"),
            skills: skills.map(str::to_owned).collect(),
            team: cell("team"),
            approver: cell("approver"),
            approved_on: cell("approved_on"),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_numbered_by_its_line() {
        let file = "\u{feff}Reference,student,category,title,organiser,approver,approved_on,skills\n\
                    A1,23CS1,competition,\"First\nplace\",State,a@b.example,2024-01-02,Rust; Speaking ;\n\
                    A2,23CS2,competition,Second,State,a@b.example,2024-01-02,\n";
        let rows = read(file).unwrap();
        assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(rows[0].skills, ["Rust", "Speaking"]);
        assert_eq!(rows[1].title, "Second");
    }

    #[test]
    fn a_file_without_a_needed_column_or_with_an_unknown_one_is_refused() {
        let short = "reference,student,category,title,organiser,approver\n";
        assert!(
            matches!(read(short), Err(Refusal::Invalid(errors)) if errors[0].pointer == "/csv")
        );
        let odd = "reference,student,category,title,organiser,approver,approved_on,salary\n";
        assert!(matches!(read(odd), Err(Refusal::Invalid(_))));
    }
}
