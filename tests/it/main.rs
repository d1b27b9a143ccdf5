//! One integration binary: a file per resource, and the tests that hold the house together.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read the clock and draw at random where they stand"
)]

mod audit;
mod batch;
mod cancelled;
mod caps;
mod cards;
mod conformance;
mod corpus;
mod database;
mod drafts;
mod forged;
mod generate;
mod hostile_uploads;
mod hsm;
mod identity;
mod interop;
mod interop_ssi;
mod invariants;
mod issuance_log;
mod keys;
mod layers;
mod lifecycle;
mod notify;
mod observe;
mod offline;
mod oidc;
mod openapi;
mod outsider;
mod paper;
mod passkeys;
mod pdf_signature;
mod people;
mod points;
mod pooler;
mod portfolio_exports;
mod portfolio_layouts;
mod portfolio_levels;
mod portfolio_render;
mod reach;
mod renderer;
mod repeat;
mod rights;
mod samples;
mod schemas;
mod seals;
mod second_factor;
mod sessions;
mod shares;
mod showcase;
mod softhsm;
mod status_freshness;
mod stopping;
mod strangers;
mod support;
mod support_database;
mod tenancy;
mod tokens;
mod unused_files;
mod uploads;
mod vc_api;
mod vectors;
mod verdicts;
mod verifying;
mod workflow;
