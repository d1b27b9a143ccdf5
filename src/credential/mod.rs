//! The bytes of a credential: build, lint, sign, verify. Pure.
