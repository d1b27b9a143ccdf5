//! Evidence bytes, kept by digest.
