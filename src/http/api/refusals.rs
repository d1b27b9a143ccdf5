//! What an operation can be refused with, said once for those that share it.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::response::Response;
use utoipa::openapi::{RefOr, ResponseBuilder};

/// Of something that is read.
pub(super) struct ReadRefusals;
/// Of something that is written.
pub(super) struct WriteRefusals;
/// Of something that is changed as it was seen (If-Match).
pub(super) struct GuardedRefusals;

impl IntoResponses for ReadRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&READ)
    }
}

impl IntoResponses for WriteRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[&READ[..], &WRITE].concat())
    }
}

impl IntoResponses for GuardedRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[&READ[..], &WRITE, &GUARD].concat())
    }
}

const READ: [(&str, &str); 4] = [
    ("400", "an unknown filter, or a body that is no JSON of this form"),
    ("401", "no token that holds"),
    ("403", "the right is missing"),
    ("404", "not there, or not in reach"),
];
const WRITE: [(&str, &str); 2] =
    [("409", "the present state does not allow it"), ("422", "a field is wrong")];
const GUARD: [(&str, &str); 2] =
    [("412", "somebody changed it since"), ("428", "If-Match is missing")];

/// Their content is filled in where every other's is: `finish` in http/router.rs.
fn problems(cases: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let response = |text: &str| RefOr::from(ResponseBuilder::new().description(text).build());
    cases.iter().map(|(status, text)| ((*status).to_owned(), response(text))).collect()
}
