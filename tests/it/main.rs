//! One integration binary: a file per resource, and the tests that hold the house together.

mod portfolio_render;
mod renderer;
