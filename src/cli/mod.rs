//! The commands of the `hub` binary.
