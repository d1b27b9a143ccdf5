//! Use cases: one file and one transaction each. They know the domain and the layers below, and nothing of HTTP.

pub mod access_token;
pub mod achievements;
pub mod authenticate;
pub mod categories;
pub mod decide;
pub mod demo;
pub mod evidence;
pub mod hub;
pub mod issue;
pub mod keys;
pub mod notifications;
mod password;
pub mod portfolio;
pub mod publish;
mod record;
pub mod refusal;
pub mod review;
pub mod revoke;
pub mod status_lists;
pub mod verify;
pub mod work;

pub use hub::{App, Parts, PublicUrl};
pub use refusal::Refusal;
