//! Use cases: one file and one transaction each. They know the domain and the layers below, and nothing of HTTP.

pub mod access_token;
pub mod authenticate;
pub mod categories;
pub mod hub;
pub mod notifications;
mod password;
mod record;
pub mod refusal;

pub use hub::{App, Parts, PublicUrl};
pub use refusal::Refusal;
