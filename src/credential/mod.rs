//! The bytes of a credential: build, lint, sign, verify. Pure.

pub mod build;
pub mod compact;
pub mod contexts;
pub mod issuer;
pub mod lint;
pub mod log;
pub mod parse;
pub mod proof;
pub mod receipt;
pub mod status_list;
pub mod vc_api;
pub mod verify;

mod digest;
mod kind;
mod multibase;
mod rdf;
mod reading;

pub use parse::{ParseError, parse};
