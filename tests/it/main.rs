//! One integration binary: a file per resource, and the tests that hold the house together.

mod database;
mod layers;
mod renderer;
mod support_database;
mod portfolio_render;
mod renderer;
mod cards;
mod forged;
mod interop;
mod samples;
mod vectors;
mod verdicts;
mod pdf_signature;
