//! Settings: read once from file and environment; unknown keys refused.
