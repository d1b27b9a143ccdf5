//! The colleges of this hub, as anybody may see them.

use super::{App, Refusal};
use crate::domain::ids::CollegeId;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::storage::{CollegeRow, CollegeSummaryRow, DepartmentRow, ProgrammeRow};

/// A college with what a student chooses from.
#[derive(Clone, Debug)]
pub struct College {
    /// The college.
    pub row: CollegeRow,
    /// Its DID.
    pub did: String,
    /// Departments by name.
    pub departments: Vec<DepartmentRow>,
    /// Programmes by name.
    pub programmes: Vec<ProgrammeRow>,
}

/// A picture with its media type.
#[derive(Clone, Debug)]
pub struct Logo {
    /// The octets.
    pub bytes: Vec<u8>,
    /// Such as `image/png`.
    pub media_type: String,
}

/// Active colleges by name, and their number where it is asked for.
pub async fn list(
    page: PageRequest,
    count: bool,
    app: &App,
) -> Result<(Page<CollegeSummaryRow>, Option<i64>), Refusal> {
    let rows = app.database.college_page(&page).await?;
    let count = if count { Some(app.database.count_colleges().await?) } else { None };
    Ok((Page::from_rows(rows, page.limit, |row| Cursor { micros: 0, id: row.id }), count))
}

/// A college by its slug.
///
/// # Errors
/// `NotFound`.
pub async fn show(slug: &str, app: &App) -> Result<College, Refusal> {
    let row = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    let mut tx = app.database.tenant(CollegeId(row.id)).await?;
    let departments = tx.departments().await?;
    let programmes = tx.programmes().await?;
    tx.commit().await?;
    Ok(College { did: app.public_url().did(&row.slug), row, departments, programmes })
}

/// A college's logo.
///
/// # Errors
/// `NotFound`, also where it has none.
pub async fn logo(slug: &str, app: &App) -> Result<Logo, Refusal> {
    let row = app.database.find_college(slug).await?.ok_or(Refusal::NotFound)?;
    let (Some(bytes), Some(media_type)) = (row.logo, row.logo_type) else {
        return Err(Refusal::NotFound);
    };
    Ok(Logo { bytes, media_type })
}

/// Where a college's logo is served, if it has one.
pub fn logo_address(row: &CollegeRow) -> Option<String> {
    row.logo.as_ref().map(|_| format!("/api/colleges/{}/logo", row.slug))
}
