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
mod identity;
mod interop;
mod layers;
mod pdf_signature;
mod people;
mod portfolio_render;
mod renderer;
mod samples;
mod support;
mod support_database;
mod tenancy;
mod tokens;
mod vectors;
mod verdicts;
