//! Two invented colleges with their people, achievements and evidence, for trying the hub out.
//!
//! `content` says who and what, `evidence` makes the files; both are pure and repeatable.

pub mod content;
pub mod evidence;

mod certificate;
mod chance;
mod photo;
mod scan;
mod scenes;
