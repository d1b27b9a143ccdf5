//! One integration binary: a file per resource, and the tests that hold the house together.

mod cards;
mod forged;
mod interop;
mod samples;
mod vectors;
mod verdicts;
