#!/bin/sh
# A throw-away Postgres for the tests.
#
#   tests/postgres.sh          print its address; start it where it is not running
#   tests/postgres.sh stop     end it and remove its files
#
# One for each checkout, shared by every test process, and not durable at all (fsync is off).
# It removes itself when nobody has used it for two minutes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd -P)
home=/tmp/hub-test-postgres-$(id -u)-$(printf %s "$root" | cksum | cut -d ' ' -f 1)
idle_seconds=120

say() { printf 'tests/postgres.sh: %s\n' "$*" >&2; }

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
    program=$(command -v initdb) || { say 'no Postgres here: apt-get install postgresql'; exit 1; }
    bin=$(dirname "$(readlink -f "$program")")
fi

# Postgres does not run as root.
user=$(id -un)
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
fi
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$(id -u "$user")" --regid="$(id -g "$user")" --clear-groups -- "$@"
    else
        "$@"
    fi
}

ask() { "$bin/psql" --no-psqlrc -h "$home/socket" -U postgres -d postgres -Atqc "$1" 2>/dev/null; }

start() {
    rm -rf "$home/data" "$home/socket"
    mkdir -m 700 "$home/data" "$home/socket"
    [ "$(id -u)" != 0 ] || chown "$user" "$home/data" "$home/socket"
    cd /
    as_user "$bin/initdb" -D "$home/data" -U postgres --auth=trust --no-sync --no-instructions \
        --encoding=UTF8 --locale=C.UTF-8 >"$home/log" 2>&1 || { cat "$home/log" >&2; exit 1; }
    # The lock must not pass to what stays behind.
    (
        exec 9>&-
        as_user setsid "$bin/postgres" -D "$home/data" -k "$home/socket" \
            -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
            -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c jit=off \
            -c max_connections=400 -c shared_buffers=64MB -c timezone=UTC
    ) </dev/null >>"$home/log" 2>&1 &
    tries=0
    until ask 'select 1' >/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { say 'it does not start:'; tail -n 20 "$home/log" >&2; exit 1; }
        sleep 0.1
    done
    # As in production, the owner is no superuser; here it may also make databases.
    ask 'create role hub login createrole createdb' >/dev/null
    (
        exec 9>&-
        exec setsid sh "$root/tests/postgres.sh" watch
    ) </dev/null >/dev/null 2>&1 &
}

stop() {
    pid=$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null) || pid=
    if [ -n "$pid" ] && kill -INT "$pid" 2>/dev/null; then
        tries=0
        while [ -e "$home/data/postmaster.pid" ] && [ "$tries" -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    fi
    rm -rf "$home/data" "$home/socket" "$home/log" "$home/used"
}

connections="select count(*) from pg_stat_activity
             where backend_type = 'client backend' and pid <> pg_backend_pid()"

watch() {
    while sleep 10; do
        exec 9>"$home/lock"
        flock 9
        count=$(ask "$connections") || { stop; exit 0; }
        [ "$count" = 0 ] || touch "$home/used"
        if [ $(($(date +%s) - $(stat -c %Y "$home/used"))) -ge "$idle_seconds" ]; then
            stop
            exit 0
        fi
        exec 9>&-
    done
}

mkdir -m 711 "$home" 2>/dev/null || [ -O "$home" ] || { say "$home belongs to somebody else"; exit 1; }
case ${1-} in
watch) watch ;;
stop)
    exec 9>"$home/lock"
    flock 9
    stop
    ;;
'')
    exec 9>"$home/lock"
    flock 9
    ask 'select 1' >/dev/null || start
    touch "$home/used"
    printf 'postgres://hub@%s:5432/postgres\n' "$(printf %s "$home/socket" | sed 's|/|%2F|g')"
    ;;
*)
    say "unknown: $1"
    exit 2
    ;;
esac
