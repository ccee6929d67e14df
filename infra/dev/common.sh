# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: messages, exit handling, ports and small files for the development commands.

STOP_ASKED=0
ON_EXIT=()

note() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die MESSAGE [MORE LINES...]
die() {
    printf 'error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '       %s\n' "$@" >&2
    exit 1
}

usage_error() {
    printf 'error: %s\n       ./dev help shows the commands.\n' "$1" >&2
    exit 2
}

require_linux() {
    [[ $(uname -s) == Linux ]] || die "these commands need Linux (they were written for Debian and Ubuntu)" \
        "on another system run them in a Linux machine or container"
    local tool
    for tool in flock setsid setpriv timeout awk find; do
        command -v "$tool" >/dev/null || die "the basic tool '$tool' is missing" \
            "on Debian and Ubuntu: apt-get install -y util-linux coreutils mawk findutils"
    done
}

# Everything that must be undone is pushed on ON_EXIT; it runs in reverse order however the script ends.
on_exit() {
    local status=$? index
    set +e
    # Whoever read our output may be gone (./dev up | tee log): what follows must be done all the same.
    trap '' PIPE
    trap 'hurry' INT TERM HUP
    for ((index = ${#ON_EXIT[@]} - 1; index >= 0; index--)); do
        "${ON_EXIT[index]}"
    done
    ((STOP_ASKED && ${STOP_IS_SUCCESS:-0})) && status=0
    exit "$status"
}

# Sleeps in the background, since bash runs traps at once in `wait` but only afterwards in a foreground command.
# Bash's own "Killed ..." lines about children go nowhere: after_crash says it better.
pause() {
    {
        sleep "$1" >/dev/null 8>&- 9>&- &
        wait $! || true
    } 2>/dev/null
}

# wait_until SECONDS COMMAND...: polls until the command succeeds; fails at the deadline.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        pause 0.2
    done
}

random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

path_hash() { printf '%s' "$1" | sha256sum | cut -c 1-10; }

# Prints the inodes of the sockets that listen on a port, whatever the address.
listening_inodes() {
    local hex
    printf -v hex '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }'
}

port_is_free() { [[ -z $(listening_inodes "$1") ]]; }

# Whether process PID itself listens on PORT: another checkout's API may answer on a port that ours failed to get.
listens_on() {
    local inode
    for inode in $(listening_inodes "$2"); do
        [[ -n $(find "/proc/$1/fd" -lname "socket:\[$inode\]" -print -quit 2>/dev/null) ]] && return 0
    done
    return 1
}

# A free port for a server: below the range that the kernel hands to outgoing connections.
random_free_port() {
    local port attempt
    for attempt in {1..200}; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        [[ " $* " == *" $port "* ]] && continue
        port_is_free "$port" && printf '%s\n' "$port" && return 0
    done
    die "found no free port between 20000 and 31999 in $attempt attempts"
}

# next_free_port FROM [TAKEN...]
next_free_port() {
    local port=$1
    shift
    until [[ " $* " != *" $port "* ]] && port_is_free "$port"; do
        port=$((port + 1))
        ((port < 65536)) || die "found no free port"
    done
    printf '%s\n' "$port"
}

# http_get PORT PATH: prints the raw answer. bash's own sockets, since a bare machine has no curl.
http_get() {
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    timeout 3 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n" "$2" "$1" >&3
        cat <&3' _ "$1" "$2" 2>/dev/null 9>&-
}

http_is_ok() { [[ $(http_get "$1" "$2" | head -n 1 | tr -d '\r') == HTTP/1.[01]' 200'* ]]; }

# Splits the password out of a URL, so that it never stands on a command line that other users can list.
# Sets URL_PLAIN, URL_USER and URL_PASSWORD.
split_url() {
    local encoded=''
    URL_PLAIN=$1 URL_USER='' URL_PASSWORD=''
    [[ $1 =~ ^([a-z]+://)(([^:@/]*)(:([^@/]*))?@)?(.*)$ ]] || return 0
    URL_USER=${BASH_REMATCH[3]}
    encoded=${BASH_REMATCH[5]}
    URL_PLAIN=${BASH_REMATCH[1]}${URL_USER:+$URL_USER@}${BASH_REMATCH[6]}
    printf -v URL_PASSWORD '%b' "${encoded//%/\\x}"
}

json_string() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    printf '"%s"' "${text//[[:cntrl:]]/ }"
}
