//! `hub openapi`: the document that docs/api/openapi.json holds.

use crate::http;

/// Print it.
pub(super) fn print() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&http::openapi())?);
    Ok(())
}
