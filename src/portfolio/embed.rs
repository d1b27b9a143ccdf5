//! The credential inside the PDF: an associated file (PDF/A-3, ISO 19005-3 §6.8), byte for byte.

use lopdf::{Document, Object};

/// Its name in the PDF's list of attachments.
pub const ATTACHMENT_NAME: &str = "portfolio.vc.json";

/// Its media type (VC Data Model 2.0 §6.2).
pub const ATTACHMENT_TYPE: &str = "application/vc";

/// Why a PDF gave no credential.
#[derive(Debug, thiserror::Error)]
pub enum ReadAttachmentError {
    /// Not a PDF that can be read.
    #[error("the PDF cannot be read: {0}")]
    Pdf(#[from] lopdf::Error),
    /// No associated file of that name.
    #[error("the PDF has no attachment named portfolio.vc.json")]
    Missing,
}

/// The attached credential of a PDF **of our own making**.
///
/// Strangers' files go through `check`, which bounds what a stream may unpack to.
pub fn attachment(pdf: &[u8]) -> Result<Vec<u8>, ReadAttachmentError> {
    let document = Document::load_mem(pdf)?;
    let files = document.catalog()?.get(b"AF").and_then(|files| resolve(&document, files))?;
    for file in files.as_array()? {
        let file = resolve(&document, file)?.as_dict()?;
        if file.get(b"F")?.as_str()? == ATTACHMENT_NAME.as_bytes() {
            let stream = file.get(b"EF")?.as_dict()?.get(b"F")?;
            let stream = resolve(&document, stream)?.as_stream()?;
            return Ok(if stream.is_compressed() {
                stream.decompressed_content()?
            } else {
                stream.content.clone()
            });
        }
    }
    Err(ReadAttachmentError::Missing)
}

fn resolve<'a>(document: &'a Document, object: &'a Object) -> Result<&'a Object, lopdf::Error> {
    Ok(document.dereference(object)?.1)
}
