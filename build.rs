//! Tells cargo what the program is made of beside its sources.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // `sqlx::migrate!` and the embedded web packages do not see files that are new.
    println!("cargo:rerun-if-changed=migrations");
    for built in ["web/dist", "verifier-web/dist"] {
        if Path::new(built).exists() {
            println!("cargo:rerun-if-changed={built}");
        }
    }
}
