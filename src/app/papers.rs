//! What a college's documents show beside its entry in the register: seal, signature, languages.

use super::{App, Refusal};
use crate::domain::ids::CollegeId;
use crate::domain::member::Language;
use crate::portfolio::sign::Level;

/// The largest picture, octets.
const MAX_PICTURE: usize = 1_000_000;

/// What to change; what is none stays as it was.
#[derive(Clone, Debug, Default)]
pub struct PapersChange {
    /// Picture of the seal: PNG, JPEG or WebP.
    pub seal: Option<Vec<u8>>,
    /// Scanned signature of the signatory.
    pub signature: Option<Vec<u8>>,
    /// In which languages the college gives out portfolios; at least one.
    pub languages: Option<Vec<Language>>,
    /// How far signatures are to carry, where the hub has a time-stamping authority.
    pub level: Option<Level>,
}

/// Change them for the college of this slug.
pub async fn change(slug: &str, change: PapersChange, app: &App) -> Result<(), Refusal> {
    let college = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(CollegeId(college.id)).await?;
    let mut row = tx.papers().await?;
    if let Some(bytes) = change.seal {
        row.seal_type = Some(media_type("seal", &bytes)?);
        row.seal = Some(bytes);
    }
    if let Some(bytes) = change.signature {
        row.signature_type = Some(media_type("signature", &bytes)?);
        row.signature = Some(bytes);
    }
    if let Some(languages) = change.languages {
        if languages.is_empty() {
            return Err(Refusal::field("languages", "required", "Name at least one language."));
        }
        row.languages = languages.iter().map(|language| language.as_str().to_owned()).collect();
    }
    if let Some(level) = change.level {
        row.signature_level = level.as_str().to_owned();
    }
    tx.set_papers(&row, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Told by the content; the layout reads the size of it from its header.
fn media_type(field: &str, bytes: &[u8]) -> Result<String, Refusal> {
    use crate::portfolio::evidence::{Kind, sniff};
    match sniff(bytes) {
        Some(kind @ (Kind::Png | Kind::Jpeg | Kind::Webp)) if bytes.len() <= MAX_PICTURE => {
            Ok(kind.media_type().to_owned())
        }
        Some(_) | None => Err(Refusal::field(
            field,
            "unsupported_type",
            "This is a PNG, JPEG or WebP picture of at most 1 MB.",
        )),
    }
}
