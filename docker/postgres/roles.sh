#!/bin/sh
# At the first start of Postgres: the owner of the schema, and whom the hub connects as. The hub's connections act as
# hub_app, which owns nothing and is held by row-level security.
set -eu
secrets=${SECRETS:-/run/secrets}
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    -v owner="$(cat "$secrets/owner-password")" -v login="$(cat "$secrets/login-password")" <<'SQL'
CREATE ROLE hub_app NOLOGIN NOINHERIT;
CREATE ROLE hub_owner LOGIN PASSWORD :'owner';
CREATE ROLE hub_login LOGIN PASSWORD :'login';
GRANT hub_app TO hub_login, hub_owner;
CREATE DATABASE hub OWNER hub_owner;
REVOKE CONNECT ON DATABASE hub FROM PUBLIC;
GRANT CONNECT ON DATABASE hub TO hub_login;
SQL
