//! A page of a list, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::page::Page;

/// One page; `next` is the `cursor` of the following one.
#[derive(Serialize, ToSchema)]
pub(super) struct PageResponse<T> {
    /// The rows.
    results: Vec<T>,
    /// Cursor of the next page.
    next: Option<String>,
    /// Keyset pages go forward only.
    #[schema(value_type = Option<String>)]
    previous: Option<()>,
    /// Number of all rows, where it was asked for.
    count: Option<i64>,
}

impl<T> PageResponse<T> {
    /// From a page of rows.
    pub(super) fn from_page<R>(page: Page<R>, convert: impl FnMut(R) -> T) -> Self {
        let page = page.map(convert);
        Self {
            results: page.rows,
            next: page.next.map(|cursor| cursor.encode()),
            previous: None,
            count: None,
        }
    }

    /// With the number of all rows, where it was asked for.
    pub(super) fn counted(self, count: Option<i64>) -> Self {
        Self { count, ..self }
    }
}
