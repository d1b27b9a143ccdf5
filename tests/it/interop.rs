//! Independent implementations.
