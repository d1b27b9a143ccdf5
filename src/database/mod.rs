//! The embedded Postgres: finds the binaries, makes and runs a private cluster.
