# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: what the scripts of this folder share: messages, exit codes (after sysexits.h) and files that appear whole.
# Each script may be copied elsewhere together with this file.

# 64 wrong command line, 66 there is no such thing, 68 a program failed or is missing, 69 the server does not answer,
# 73 the place to write to is taken, 74 the disk refuses.
# shellcheck disable=SC2034 # each script uses some of them
readonly USAGE=64 ABSENT=66 PROGRAM=68 AWAY=69 TAKEN=73 DISK=74

# fail CODE MESSAGE...
fail() {
    local code=$1
    shift
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit "$code"
}

# usage TEXT: shows it, on standard output when it was asked for.
usage() {
    case ${ASKED_HELP:-} in
        1) printf '%s\n' "$1"; exit 0 ;;
        *) printf '%s\n' "$1" >&2; exit "$USAGE" ;;
    esac
}

need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || fail "$PROGRAM" "$program is not installed"
    done
}

# begin PATH: the place must be free; sets PART, which is removed unless `finish` is reached.
begin() {
    [[ ! -e $1 ]] || fail "$TAKEN" "$1 is there already, and nothing is overwritten"
    [[ -d $(dirname "$1") ]] || fail "$ABSENT" "there is no folder $(dirname "$1")"
    PART=$1.part.$$
    umask 077
    trap 'rm -rf "$PART" "$PART".*' EXIT
}

# finish PATH: makes PART durable and gives it its name.
finish() {
    sync -f "$PART" 2>/dev/null || sync
    # Neither overwrites nor moves into a folder that came up meanwhile.
    mv -nT "$PART" "$1" || fail "$DISK" "$1 can't be made"
    [[ ! -e $PART ]] || fail "$TAKEN" "$1 came up meanwhile, and nothing is overwritten"
    trap - EXIT
}

# sum FILE: writes FILE.sha256 beside it.
sum() { (cd "$(dirname "$1")" && sha256sum "$(basename "$1")" >"$(basename "$1").sha256"); }
