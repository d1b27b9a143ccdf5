//! Private keys: sealed at rest, used here, never handed out.
