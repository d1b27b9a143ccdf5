//! The HTTP edge: routes, extractors, problems. A handler parses, calls one use case, and shapes the answer.

pub mod api;
mod cookies;
mod extract;
mod file;
mod limits;
mod observe;
mod problem;
mod proxies;
pub mod public;
mod repeat;
mod router;
mod server;
mod tls;
mod vc_api;
mod visit;

pub use observe::metrics_router;
pub use problem::Problem;
pub use proxies::{ParseProxiesError, TrustedProxies, behind};
pub use router::{openapi, router};
pub use server::{ServeError, serve, serve_tls};
pub use tls::{SelfSignError, SelfSigned, self_signed};
pub use vc_api::conformance_router;
