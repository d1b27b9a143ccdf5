//! The receipt of a check on paper: one page that says what the attached receipt says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typst::foundations::Bytes;
use uuid::Uuid;

use crate::portfolio::check::RECEIPT_NAME;
use crate::portfolio::compose::Locale;
use crate::portfolio::printable::printable_value;
use crate::portfolio::render::{
    RenderError, RenderedPortfolio, checked_ink, export, with_document,
};
use crate::portfolio::world;

/// The colour of the hub's own papers.
const INK: &str = "#0f5c4d";

/// Everything the page is made of; the same input gives the same bytes, in every process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptInput {
    /// The signed receipt, attached byte for byte; the page shows what stands in it.
    #[serde(with = "serde_bytes")]
    pub attachment: Vec<u8>,
    /// The page where it can be checked, as printed: `hub.example/v`.
    pub verifier: String,
    /// Name of the hub's host.
    pub hub: String,
    /// Identifies the document; the PDF's `/ID` is derived from it.
    pub id: Uuid,
    /// Creation time of the document.
    pub created: DateTime<Utc>,
    /// The language of the layout's words.
    pub locale: Locale,
}

/// Render the page (PDF/A-3a and PDF/UA-1), to be signed as it is.
pub fn render_receipt(input: &ReceiptInput) -> Result<RenderedPortfolio, RenderError> {
    with_document("receipt", files(input)?, |document| export(document, input.id, input.created))
}

fn files(input: &ReceiptInput) -> Result<BTreeMap<String, Bytes>, RenderError> {
    let mut receipt: Value = serde_json::from_slice(&input.attachment)
        .map_err(|error| RenderError::Layout(format!("the receipt is no JSON: {error}")))?;
    printable_value(&mut receipt);
    let data = json!({
        "document": {
            "college": { "name": input.hub, "footer": null },
            "receipt": receipt,
            "verifier": input.verifier,
        },
        "preview": false,
        "texts": world::texts(input.locale),
        "language": input.locale.tag(),
        "images": {},
        "ink": checked_ink(INK)?,
        "attachment": { "name": RECEIPT_NAME, "type": "application/json" },
    });
    let mut files = BTreeMap::new();
    files.insert("/data.json".to_owned(), Bytes::from_string(data.to_string()));
    files.insert(format!("/{RECEIPT_NAME}"), Bytes::new(input.attachment.clone()));
    Ok(files)
}
