//! What things are: pure types and rules, no input or output.

pub mod achievement;
pub mod audit;
pub mod authentication;
pub mod confirmation;
pub mod field;
pub mod granting;
pub mod ids;
pub mod job;
pub mod key;
pub mod key_life;
pub mod letter;
pub mod member;
pub mod notice;
pub mod page;
pub mod particulars;
pub mod points;
pub mod text;
pub mod workflow;
