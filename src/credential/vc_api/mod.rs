//! What the W3C VC-API asks beyond the hub's own profile: any conforming credential or presentation with
//! Data Integrity proofs, issued with a key that is its own identifier (`did:key`). Pure.
//!
//! Documents of a college of this hub are judged by [`super::verify`], which is stricter.

mod flaw;
mod issue;
mod model;
mod proofs;
mod related;
mod status;
mod verify;

pub use flaw::{Flaw, FlawKind};
pub use issue::{PreparedProof, complete, prepare};
pub use status::entry as status_entry;
pub use verify::{
    Findings, MAX_CREDENTIALS, Options, credential, credentials_of, issuer_of, presentation,
};

/// `did:key` of an Ed25519 key (did:key §3.1), and the address of its one verification method.
pub fn did_key(public_key: &[u8; 32]) -> (String, String) {
    let multikey = super::multibase::encode_ed25519(public_key);
    (format!("did:key:{multikey}"), format!("did:key:{multikey}#{multikey}"))
}
