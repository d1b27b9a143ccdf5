//! The W3C VC-API: issuing and verifying in the form that other software asks for.

pub mod answer;
pub mod conformance;
mod issue;
mod issued;
mod verify;

pub use answer::{Answer, ProblemDetail};
pub use conformance::Conformance;
pub use issue::issue;
pub use issued::{IssuedCredential, list, revoke};
pub use verify::{verify_credential, verify_presentation};

pub use crate::credential::proof::Suite;
pub use crate::credential::vc_api::Flaw;

use serde_json::Value;

use crate::credential;

/// Most octets of a request.
pub const MAX_REQUEST: usize = 256 * 1024;

/// Read the body of a request: an object, without members named twice.
pub fn read(bytes: &[u8]) -> Result<Value, Flaw> {
    let body = credential::parse(bytes).map_err(|error| Flaw::malformed(error.to_string()))?;
    if body.is_object() { Ok(body) } else { Err(Flaw::malformed("the body is not an object")) }
}

/// A member that a request cannot do without.
fn required<'a>(body: &'a Value, name: &str) -> Result<&'a Value, Flaw> {
    body.get(name).ok_or_else(|| Flaw::malformed(format!("`{name}` is missing")))
}
