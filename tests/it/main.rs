//! One integration binary: a file per resource, and the tests that hold the house together.

mod database;
mod portfolio_render;
mod renderer;
mod forged;
mod interop;
mod samples;
mod verdicts;
mod pdf_signature;
