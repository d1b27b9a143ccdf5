//! Use cases: one file and one transaction each. They know the domain and the layers below, and nothing of HTTP.

pub mod access_token;
pub mod authenticate;
pub mod categories;
pub mod colleges;
pub mod create_college;
pub mod hub;
pub mod invitations;
mod letters;
pub mod log_in;
pub mod me;
pub mod members;
pub mod notifications;
pub mod one_time;
mod password;
mod record;
pub mod refusal;
pub mod register;
pub mod reset_password;
pub mod roster;
pub mod session;
pub mod verify_email;

pub use hub::{App, Parts, PublicUrl};
pub use refusal::Refusal;
