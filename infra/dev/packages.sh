# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: what the machine must have, how to see whether it is there, and its installation by apt-get.

readonly SWIFT_MINIMUM=6.2
readonly APT_POLICY=/usr/sbin/policy-rc.d
readonly APT_POLICY_SAVED=/usr/sbin/policy-rc.d.before-martlet
readonly APT_NO_CLUSTER=/etc/postgresql-common/createcluster.d/martlet-dev.conf

# name | Debian and Ubuntu package | who needs it (build, postgres, redis) | what it is
REQUIREMENTS=(
    'swift||build|Swift toolchain'
    'linker|binutils|build|linker'
    'libc|libc6-dev|build|C library headers'
    'cxx|g++|build|C++ headers'
    'git|git|build|git'
    'pkg-config|pkg-config|build|pkg-config'
    'libpq|libpq-dev|build|PostgreSQL client library'
    'hiredis|libhiredis-dev|build|Redis client library'
    'openssl|libssl-dev|build|OpenSSL'
    'zlib|zlib1g-dev|build|compression'
    'libzstd|libzstd-dev|build|compression of backups'
    'liblz4|liblz4-dev|build|compression of backups'
    'yaml-0.1|libyaml-dev|build|YAML'
    'ca-certificates|ca-certificates|build|root certificates'
    'tzdata|tzdata|build|time zones'
    'curl|curl|build|HTTP client, to try it with'
    'postgresql|postgresql|postgres|PostgreSQL server'
    'redis|redis-server|redis|Redis server'
    'redis-cli|redis-tools|redis|Redis command line'
)
# The same for what only some commands need.
OPTIONAL=(
    'shellcheck|shellcheck|lint|shellcheck (./dev lint)'
    'promtool|prometheus|monitoring|promtool (./dev monitoring)'
    'amtool|prometheus-alertmanager|monitoring|amtool (./dev monitoring)'
    'python3|python3|monitoring|Python 3 (./dev monitoring)'
    'python3-venv|python3-venv|test|Python venv (./dev test)'
    'jq|jq|scripts|jq (scripts/)'
    'node-exporter|prometheus-node-exporter|knobs|node exporter (./dev knobs)'
)

# The newest PostgreSQL whose server is installed, or the one named. Debian keeps these programs out of PATH.
pg_bin() {
    local dir
    while IFS= read -r dir; do
        [[ -x $dir/postgres && -x $dir/initdb ]] && printf '%s\n' "$dir" && return 0
    done < <(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -path "*/${1:-*}/bin" 2>/dev/null | sort -rV)
    dir=$(dirname "$(readlink -f "$(command -v postgres || echo /nowhere)")")
    [[ -x $dir/postgres && -x $dir/initdb ]] || return 1
    [[ -z ${1:-} || $("$dir/postgres" --version) == *") $1."* ]] && printf '%s\n' "$dir"
}

version_at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

# probe NAME: prints the version found, or fails.
probe() {
    local found
    case $1 in
        swift)
            found=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9.]+' | head -n 1) || return 1
            printf '%s\n' "${found##* }"
            version_at_least "${found##* }" "$SWIFT_MINIMUM"
            ;;
        linker) first_line ld --version ;;
        libc) [[ -e /usr/include/stdio.h ]] && echo present ;;
        cxx)
            found=$(compgen -G '/usr/include/c++/*/vector' | sort -V | tail -n 1) || return 1
            basename "$(dirname "$found")"
            ;;
        git) first_line git --version ;;
        curl) first_line curl --version ;;
        pkg-config) first_line pkg-config --version ;;
        libpq | hiredis | openssl | zlib | libzstd | liblz4 | yaml-0.1) pkg-config --modversion "$1" 2>/dev/null ;;
        ca-certificates) [[ -s /etc/ssl/certs/ca-certificates.crt ]] && echo present ;;
        tzdata) [[ -e /usr/share/zoneinfo/Europe/Berlin ]] && echo present ;;
        postgresql) found=$(pg_bin) && first_line "$found/postgres" --version ;;
        redis) first_line redis-server --version ;;
        redis-cli) first_line redis-cli --version ;;
        python3) first_line python3 --version ;;
        python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null && first_line python3 --version ;;
        jq) first_line jq --version ;;
        node-exporter) first_line prometheus-node-exporter --version ;;
        shellcheck) shellcheck --version 2>/dev/null | sed -n 's/^version: //p' | grep . ;;
        promtool | amtool) command -v "$1" >/dev/null && "$1" --version 2>&1 | grep -oE 'version [0-9.]+' | head -n 1 | grep -oE '[0-9.]+' ;;
        *) return 1 ;;
    esac
}

# first_line COMMAND...: the version number in the first line of the output, else that line.
first_line() {
    local line
    command -v "$1" >/dev/null || return 1
    line=$("$@" 2>/dev/null | head -n 1)
    [[ $line =~ [0-9]+(\.[0-9]+)+ ]] && line=${BASH_REMATCH[0]}
    printf '%s\n' "$line"
}

# Packages with the shared libraries that the Swift toolchain itself lacks on a bare machine.
toolchain_packages() {
    local dir tool library
    dir=$(dirname "$(readlink -f "$(command -v swift || echo /nowhere)")")
    for tool in swift-build swift-frontend; do
        [[ -x $dir/$tool ]] && ldd "$dir/$tool" 2>/dev/null
    done | awk '/not found/ { print $1 }' | sort -u | while IFS= read -r library; do
        case $library in
            libcurl.so.*) echo libcurl4 ;;
            libxml2.so.*) echo libxml2 ;;
            libsqlite3.so.*) echo libsqlite3-0 ;;
            libedit.so.*) echo libedit2 ;;
            libncurses.so.* | libtinfo.so.*) echo libncurses6 ;;
            libz.so.*) echo zlib1g ;;
            libstdc++.so.*) echo libstdc++6 ;;
        esac
    done
}

# require_swift: a toolchain is the one thing that we do not install.
require_swift() {
    local found
    if found=$(probe swift); then return 0; fi
    die "Swift $SWIFT_MINIMUM or newer is needed; found: ${found:-no swift in PATH}" \
        "get it from https://www.swift.org/install/linux/ and put its usr/bin in PATH"
}

# ensure_packages NEED...: installs what the named needs (build, swift, postgres, redis, monitoring) lack, and nothing else. Swift
# alone is the toolchain with the libraries that it loads: enough to format and lint.
ensure_packages() {
    local entry name package need title missing=()
    for entry in "${REQUIREMENTS[@]}" "${OPTIONAL[@]}"; do
        IFS='|' read -r name package need title <<<"$entry"
        [[ " $* " == *" $need "* && -n $package ]] || continue
        probe "$name" >/dev/null || missing+=("$package")
    done
    if [[ " $* " == *' build '* || " $* " == *' swift '* ]]; then
        mapfile -t -O "${#missing[@]}" missing < <(toolchain_packages)
    fi
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
    [[ " $* " != *' build '* && " $* " != *' swift '* ]] || require_swift
}

# Sets AS_ROOT to the words that make a command run as root.
find_root() {
    AS_ROOT=()
    ((EUID != 0)) || return 0
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
        AS_ROOT=(sudo)
        return 0
    fi
    die "these packages are missing and only root can install them: $*" \
        "as root run: apt-get update && apt-get install -y --no-install-recommends $*" \
        "then start this command again"
}

apt_install() {
    command -v apt-get >/dev/null || die "missing: $* (Debian's names)" \
        "this machine has no apt-get: install the same with its own package manager"
    find_root "$@"
    note "Installing missing system packages: $*"
    ON_EXIT+=(apt_restore)
    apt_keep_servers_off "$@"
    apt_run "$@" || die "apt-get could not install: $*" "its messages are above"
    apt_restore
}

apt_run() {
    local install=(apt-get install -y -q --no-install-recommends "$@")
    local environment=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1)
    # Lists may be absent (a fresh machine) or old (a version that the mirror no longer has): update once in both cases.
    if apt-cache show "$@" >/dev/null 2>&1; then
        apt_quiet "${environment[@]}" "${install[@]}" && return 0
        note "The package lists may be old: updating them"
    fi
    apt_quiet apt-get update -q && apt_quiet "${environment[@]}" "${install[@]}"
}

# Debian's progress lines help nobody unless something fails.
apt_quiet() {
    local output status=0
    output=$("${AS_ROOT[@]}" "$@" 2>&1 </dev/null) || status=$?
    ((status == 0)) || printf '%s\n' "$output" | tail -n 30 >&2
    return "$status"
}

# Debian starts a server when its package is installed, PostgreSQL even with a cluster on port 5432. We want only the
# programs, so both are refused while apt-get runs, and apt_restore puts back what was there.
apt_keep_servers_off() {
    [[ " $* " == *' postgresql '* || " $* " == *' redis-server '* ]] || return 0
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    "${AS_ROOT[@]}" sh -ec '
        policy=$1 saved=$2 cluster=$3
        if [ -e "$policy" ] && ! grep -q martlet-dev "$policy"; then mv "$policy" "$saved"; fi
        printf "#!/bin/sh\n# martlet-dev: temporary, while packages are installed\nexit 101\n" >"$policy"
        chmod 755 "$policy"
        mkdir -p "$(dirname "$cluster")"
        echo "create_main_cluster = false" >"$cluster"
    ' _ "$APT_POLICY" "$APT_POLICY_SAVED" "$APT_NO_CLUSTER"
    APT_INSTALLS_REDIS=0
    [[ " $* " != *' redis-server '* ]] || APT_INSTALLS_REDIS=1
}

apt_restore() {
    grep -qs martlet-dev "$APT_POLICY" || return 0
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    "${AS_ROOT[@]}" sh -c '
        rm -f "$1" "$3"
        if [ -e "$2" ]; then mv "$2" "$1"; fi
        # The package also enables its server for the next boot; ours is private and started by ./dev only.
        if [ "$4" = 1 ] && command -v systemctl >/dev/null; then
            systemctl disable --quiet redis-server.service 2>/dev/null
        fi
        true
    ' _ "$APT_POLICY" "$APT_POLICY_SAVED" "$APT_NO_CLUSTER" "${APT_INSTALLS_REDIS:-0}"
}
