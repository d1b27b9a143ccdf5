//! The bytes of a portfolio PDF: compose, render, sign, check. Pure.
//!
//! `compose` says what the document contains, `render` turns it into PDF/A-3a and PDF/UA-1 bytes
//! with the credential attached. Rendering can run out of memory or time, which typst cannot stop,
//! so only the worker process of `renderer` calls it.

pub mod certificate;
pub mod check;
mod codes;
pub mod compose;
pub mod embed;
pub mod evidence;
pub mod import;
pub mod list;
pub mod qr;
pub mod receipt;
pub mod render;
pub mod revocation;
pub mod sign;

mod printable;
mod world;
