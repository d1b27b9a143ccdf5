//! Smart Student Hub: achievements that colleges approve, sign and anybody can check.
//!
//! Modules are layers; each imports only from those above it in this list.
//! `docs/architecture.md` has the picture, `tests/it/layers.rs` holds the rule.

pub mod domain;

pub mod credential;
pub mod portfolio;

pub mod outgoing;

pub mod blobs;
pub mod database;
pub mod keystore;
pub mod mailer;
pub mod oidc;
pub mod push;
pub mod renderer;
pub mod storage;
pub mod timestamper;

pub mod app;

pub mod cli;
pub mod http;
pub mod jobs;

pub mod config;
