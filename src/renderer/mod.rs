//! The worker processes that render and decode under limits.
