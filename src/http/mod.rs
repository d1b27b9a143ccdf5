//! The HTTP edge: routes, extractors, problems. A handler parses, calls one use case, and shapes the answer.

pub mod api;
mod extract;
mod file;
mod limits;
mod problem;
pub mod public;
mod repeat;
mod router;
mod server;
mod tls;
mod vc_api;

pub use problem::Problem;
pub use router::{openapi, router};
pub use server::{ServeError, serve, serve_tls};
pub use tls::{SelfSignError, SelfSigned, self_signed};
pub use vc_api::conformance_router;
