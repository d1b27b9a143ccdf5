//! What things are: pure types and rules, no input or output.

pub mod key;
