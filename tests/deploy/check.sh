#!/bin/sh
# What docker/ holds, judged by the tools that will read it; called by ./test.
#
#   tests/deploy/check.sh dockerfile | compose | kubernetes | systemd | site | monitoring
#   tests/deploy/check.sh running | image [binary]     start it, as root: as it is, or in the image that buildah makes
set -eu
cd "$(dirname "$0")/../.."
venv=tests/deploy/.venv/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

fail() {
    echo "tests/deploy: $*" >&2
    exit 1
}

dockerfile() {
    "$venv/hadolint" docker/Dockerfile
    # Everything that the stages copy is let in, and no secret is.
    for path in Cargo.toml build.rs .sqlx migrations templates src web verifier-web; do
        grep -qx "!$path" .dockerignore || fail ".dockerignore keeps $path out"
    done
    for path in keys data .git .env; do
        if grep -q "^!$path" .dockerignore; then fail ".dockerignore lets $path in"; fi
    done
}

compose() {
    if docker compose version >/dev/null 2>&1; then compose='docker compose'; else compose=docker-compose; fi
    HUB_PUBLIC_URL=https://hub.college.example $compose -f docker/compose/compose.yaml config >"$work/compose"
    # A service without limits, or with a root that can be written to, must not slip in.
    python3 - "$work/compose" <<'PYTHON'
import sys, yaml
services = yaml.safe_load(open(sys.argv[1]))["services"]
for name, service in services.items():
    assert service.get("read_only"), f"{name}: its root can be written to"
    assert service["deploy"]["resources"]["limits"]["memory"], f"{name}: no limit of memory"
    assert "no-new-privileges:true" in service["security_opt"], f"{name}: may gain privileges"
    assert not any(key.endswith(("PASSWORD", "_URL")) and "HUB_PUBLIC" not in key
                   for key in service.get("environment") or {}), f"{name}: a secret in a variable"
PYTHON
}

kubernetes() {
    for overlay in college state; do
        kubectl kustomize "docker/kustomize/overlays/$overlay" >"$work/$overlay.yaml"
        "$venv/kubernetes-validate" --strict --kubernetes-version 1.31 "$work/$overlay.yaml"
        "$venv/python" tests/deploy/restricted.py "$work/$overlay.yaml"
    done
}

systemd() {
    printf '#!/bin/sh\n' >"$work/hub" && chmod +x "$work/hub"
    DESTDIR=$work/root docker/systemd/install "$work/hub"
    for unit in smart-student-hub@serve smart-student-hub@worker smart-student-hub-migrate; do
        systemd-analyze verify --root="$work/root" --recursive-errors=no --man=no "$unit.service" 2>"$work/said" \
            || { cat "$work/said"; fail "$unit is no unit"; }
        if grep -v 'Failed to \(prepare\|create\)' "$work/said" | grep "smart-student-hub"; then fail "$unit: see above"; fi
        systemd-analyze security --no-pager --root="$work/root" --offline=true --threshold=20 "$unit.service" \
            >"$work/said" || { cat "$work/said"; fail "$unit is too open"; }
        tail -n 1 "$work/said"
    done
    systemd-sysusers --root="$work/root" "$work/root/usr/lib/sysusers.d/smart-student-hub.conf"
    systemd-tmpfiles --root="$work/root" --create "$work/root/usr/lib/tmpfiles.d/smart-student-hub.conf"
    [ "$(stat -c %a "$work/root/var/lib/smart-student-hub")" = 700 ] || fail 'others can look into /var/lib'
}

site() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hub.example \
        -keyout "$work/server.key" -out "$work/server.crt" 2>/dev/null
    mkdir "$work/hub" "$work/sites"
    cp docker/nginx/proxy.conf "$work/hub/"
    sed "s#/run/secrets/#$work/#" docker/nginx/site.conf >"$work/sites/site.conf"
    printf 'error_log stderr; pid %s/pid; events {} http { include sites/*.conf; }\n' "$work" >"$work/nginx.conf"
    for upstream in docker/systemd/upstream.conf docker/compose/upstream.conf; do
        # The compose network's name of the hub means nothing here.
        sed 's/ hub:/ 127.0.0.1:/' "$upstream" >"$work/hub/upstream.conf"
        PATH=$PATH:/usr/sbin nginx -t -q -c "$work/nginx.conf"
    done
}

monitoring() {
    promtool check rules docker/monitoring/alerts.yaml
    promtool test rules docker/monitoring/alerts.test.yaml
    python3 tests/deploy/dashboard.py docker/monitoring
}

# A hub as an operator runs it, without an image: as root, for it becomes user 10001 and Postgres.
running() {
    needs_root running
    # Where user 10001 can read it.
    cp "${1:-$(binary)}" "$work/hub"
    chmod 0711 "$work"
    python3 tests/deploy/running.py "$work/hub"
}

# The image of the Dockerfile, with a binary that is there, in a base of Debian's own packages; then the same as above
# in it. No image is fetched from anywhere.
image() {
    needs_root image
    hub=${1:-$(binary)}
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    kept=target/deploy/base-$suite.tar
    buildah() { command buildah --root "$work/images" --runroot "$work/run" --storage-driver vfs "$@"; }
    if [ ! -e "$kept" ]; then
        mkdir -p target/deploy
        debootstrap --variant=minbase "$suite" "$work/base" >"$work/said" || { tail "$work/said"; fail 'no base'; }
        tar -C "$work/base" --exclude='./dev/*' --exclude='./var/cache/apt/archives/*.deb' -cf "$kept.new" .
        mv "$kept.new" "$kept"
        rm -rf "$work/base"
    fi
    base=$(buildah from scratch)
    buildah add -q "$base" "$kept" / >/dev/null
    buildah commit -q --format docker "$base" localhost/base >/dev/null
    buildah rm "$base" >/dev/null
    mkdir -p "$work/context/target/release"
    cp "$hub" "$work/context/target/release/hub"
    buildah bud -q --isolation chroot --format docker --build-arg BASE=localhost/base --target packaged \
        --file docker/Dockerfile --tag localhost/hub "$work/context" >/dev/null
    buildah inspect --type image localhost/hub | python3 -c '
import json, sys
config = json.load(sys.stdin)["Docker"]["config"]
assert config["User"] == "10001:10001", config["User"]
assert config["Entrypoint"] == ["hub"] and config["Healthcheck"]["Test"] == ["CMD", "hub", "healthcheck"], config
assert not any("KEY=" in line or "URL=" in line for line in config["Env"]), config["Env"]'
    container=$(buildah from localhost/hub)
    root=$(buildah mount "$container")
    # What is written to the image while it runs would be newer than this.
    touch "$work/mark"
    python3 tests/deploy/running.py /usr/local/bin/hub "$root"
    written=$(find "$root" -xdev -newer "$work/mark" -not -type d)
    [ -z "$written" ] || fail "written where nothing may be: $written"
    [ "$(find "$root" -xdev -perm /002 -type f)" = '' ] || fail 'others may write to files of the image'
}

needs_root() { [ "$(id -u)" = 0 ] || fail "$1 has to be started by root"; }

binary() {
    for built in target/release/hub target/debug/hub; do
        if [ -x "$built" ]; then echo "$PWD/$built"; return 0; fi
    done
    fail 'no hub is built: cargo build'
}

what=$1
shift
"$what" "$@"
