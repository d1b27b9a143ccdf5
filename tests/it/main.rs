//! One integration binary: a file per resource, and the tests that hold the house together.

mod cards;
mod database;
mod forged;
mod interop;
mod layers;
mod pdf_signature;
mod portfolio_render;
mod renderer;
mod samples;
mod support_database;
mod vectors;
mod verdicts;
