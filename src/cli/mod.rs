//! The commands of the `hub` binary.

pub mod demo;
