//! A list on paper: title, columns, rows, under the college's header. For what a college hands in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_json::json;
use typst::foundations::Bytes;
use uuid::Uuid;

use crate::portfolio::compose::{College, Locale};
use crate::portfolio::printable::printable_value;
use crate::portfolio::render::{
    RenderError, RenderedPortfolio, checked_ink, export, pictures, with_document,
};
use crate::portfolio::world;

/// Most rows of one list: some 200 pages, which a worker's time and memory hold with room to spare.
pub const MAX_ROWS: usize = 5_000;

/// Everything a list is made of; the same input gives the same bytes, in every process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListInput {
    /// What the pages say.
    pub data: ListData,
    /// The college's pictures, as in a portfolio.
    pub images: BTreeMap<String, ByteBuf>,
    /// Creation time of the document, from the record.
    pub created: DateTime<Utc>,
    /// The language of the layout's own words.
    pub locale: Locale,
}

/// What stands on the pages of a list. Text is plain: no character of it is markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListData {
    /// Who issues it.
    pub college: College,
    /// Identifies the list; the PDF's `/ID` is derived from it.
    pub id: Uuid,
    /// `Approved achievements, 2025–26`.
    pub title: String,
    /// What it holds and how it was drawn up, in a sentence.
    pub note: Option<String>,
    /// The day it was issued, in the college's time zone.
    pub created_on: NaiveDate,
    /// From left to right; at least one.
    pub columns: Vec<Column>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// A column of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its head, repeated on every page.
    pub name: String,
    /// Its share of the width.
    pub share: u8,
    /// Numbers stand right, words left.
    pub numeric: bool,
}

/// Render the list's PDF (PDF/A-3a and PDF/UA-1), to be signed as it is.
pub fn render_list(input: &ListInput) -> Result<RenderedPortfolio, RenderError> {
    with_document("list", files(input)?, |document| export(document, input.data.id, input.created))
}

fn files(input: &ListInput) -> Result<BTreeMap<String, Bytes>, RenderError> {
    let data = &input.data;
    let width = data.columns.len();
    if data.rows.len() > MAX_ROWS {
        return Err(RenderError::List(format!("{} rows; it holds {MAX_ROWS}", data.rows.len())));
    }
    if width == 0 || data.rows.iter().any(|row| row.len() != width) {
        return Err(RenderError::List(format!("a row has not {width} cells, or there are none")));
    }
    let mut files = BTreeMap::new();
    let paths: BTreeSet<&str> = data.college.logo.as_deref().into_iter().collect();
    let sizes = pictures(&paths, &input.images, &mut files)?;
    let mut document = serde_json::to_value(data).expect("plain fields make JSON");
    printable_value(&mut document);
    let data = json!({
        "document": document,
        "preview": false,
        "texts": world::texts(input.locale),
        "language": input.locale.tag(),
        "images": sizes,
        "ink": checked_ink(&data.college.colour)?,
    });
    files.insert("/data.json".to_owned(), Bytes::from_string(data.to_string()));
    Ok(files)
}
