# Short names for what is done often: `just --list`. Each line also works typed by hand.

# Build and start the hub.
run *arguments:
    ./run {{arguments}}

# Every test, or some parts: lint rust interop web e2e deploy image fuzz api deny.
test *parts:
    ./test {{parts}}

# Bring Rust and web sources into their one format.
format:
    cargo fmt
    npm --prefix web run format

# After a change of a query or a migration: check all queries against a real Postgres and write
# down what the compiler needs to know of them.
queries:
    rm -rf .sqlx && mkdir .sqlx
    touch src/lib.rs
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$PWD/.sqlx" DATABASE_URL="$(tests/postgres.sh schema)" cargo test --no-run

# psql in a database that has the schema and no rows.
psql:
    psql "$(tests/postgres.sh schema)"
