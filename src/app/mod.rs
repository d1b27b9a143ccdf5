//! Use cases: one file and one transaction each. They know the domain and the layers below, and nothing of HTTP.

pub mod access_token;
pub mod achievements;
pub mod authenticate;
pub mod categories;
pub mod colleges;
pub mod create_college;
pub mod decide;
pub mod demo;
pub mod evidence;
pub mod hub;
pub mod invitations;
pub mod issue;
pub mod keys;
pub mod log_in;
pub mod me;
pub mod members;
pub mod notifications;
pub mod one_time;
mod password;
pub mod portfolio;
pub mod publish;
mod record;
pub mod refusal;
pub mod register;
pub mod reset_password;
pub mod review;
pub mod revoke;
pub mod roster;
pub mod session;
pub mod status_lists;
pub mod verify;
pub mod verify_email;
pub mod work;

pub use hub::{App, Parts, PublicUrl};
pub use refusal::Refusal;
