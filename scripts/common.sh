# What ./run and ./test share; sourced, with the checkout's top folder as working folder.

now() { date +%s; }
say() { printf '\n==> %s\n' "$*"; }
fail() {
    printf '\n%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# step <what> <command …>: run it, and say what it is and how long it took.
step() {
    step_name=$1
    shift
    say "$step_name"
    step_began=$(now)
    "$@" || fail "$step_name failed; what stopped it stands above"
    printf '    %s: %s s\n' "$step_name" $(($(now) - step_began))
}

# The languages themselves are not installed by a script: their versions are the user's choice.
need_languages() {
    command -v cargo >/dev/null || fail 'Rust is missing: install it from https://rustup.rs'
    command -v node >/dev/null && command -v npm >/dev/null \
        || fail 'Node is missing: install version 20.19 or later, with npm'
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
        || fail "Node $(node --version) is too old: 20.19 or later is needed"
}

# Whether what a package brings is here, wherever it came from.
has() {
    case $1 in
    postgresql) [ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || command -v initdb ;;
    gcc) command -v cc ;;
    libc6-dev) [ -e /usr/include/stdlib.h ] ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    poppler-utils) command -v pdftoppm && command -v pdfsig ;;
    zbar-tools) command -v zbarimg ;;
    softhsm2) [ -e /usr/lib/softhsm/libsofthsm2.so ] && command -v softhsm2-util ;;
    nginx-light) command -v nginx || [ -x /usr/sbin/nginx ] ;;
    debootstrap) command -v debootstrap || [ -x /usr/sbin/debootstrap ] ;;
    prometheus) command -v promtool ;;
    systemd) command -v systemd-analyze ;;
    docker-compose) command -v docker-compose || docker compose version ;;
    util-linux) command -v setpriv && command -v flock ;;
    *) command -v "$1" ;;
    esac >/dev/null
}

# packages <name …>: install what is missing, by Debian's names.
packages() {
    missing=
    for package in "$@"; do
        has "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    by_hand="install these first:$missing (Debian, Ubuntu: sudo apt-get install$missing)"
    command -v apt-get >/dev/null || fail "$by_hand"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "$by_hand"
        # Without a terminal there is nobody to type a password.
        if [ -t 0 ]; then as_root=sudo; else as_root='sudo -n'; fi
        $as_root true || fail "$by_hand"
    fi
    # shellcheck disable=SC2086 # lists of words
    step "Installing$missing" install_packages "$as_root" $missing
    for package in $missing; do
        has "$package" || fail "$package is installed, and still not found: $by_hand"
    done
}

install_packages() {
    as_root=$1
    shift
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    $as_root apt-get -qq update </dev/null \
        && $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends "$@" </dev/null
}

# Whether anything in a folder is newer than a mark.
newer() {
    [ ! -e "$2" ] || [ -n "$(find "$1" \( -name node_modules -o -name dist \) -prune \
        -o -type f -newer "$2" -print 2>/dev/null | head -n 1)" ]
}

# The modules a folder's lock file names, installed when they are not. Not with `npm ci`: it
# refuses a lock file that was made where a registry lacks the packages for other systems.
node_modules() {
    if [ ! -e "$1/node_modules/.package-lock.json" ] \
        || [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
        (cd "$1" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-save --no-audit --no-fund </dev/null) \
            && touch "$1/node_modules/.package-lock.json"
    fi
}

# A web package, built where its sources are newer than what was built of them.
build_web() {
    mkdir -p target
    mark=target/built-$1
    if [ -d "$1/dist" ] && ! newer "$1" "$mark"; then return 0; fi
    # As old as the beginning: what is changed meanwhile is built the next time.
    touch "$mark.new"
    node_modules "$1" && (cd "$1" && npm run --silent build </dev/null) && mv "$mark.new" "$mark"
}
