#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: a snapshot of Redis as a file. Martlet itself needs none.
set -euo pipefail
# shellcheck source=infra/recovery/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly HELP='redis-snapshot.sh FILE

Writes a snapshot (RDB) of the Redis at REDIS_URL (default redis://127.0.0.1:6379) to FILE, which must not exist.

Martlet needs none: the ledger has every job, and an empty Redis is filled from it within seconds. Take one only for what else
you keep in the same Redis, or to look at the bus of an incident later.

To restore: stop Redis, put FILE into its folder (CONFIG GET dir) as dump.rdb, with appendonly no for the first start, start it.
Martlet finds out by itself that the bus is an old one.'

main() {
    [[ ${1:-} != --help && ${1:-} != -h ]] || ASKED_HELP=1 usage "$HELP"
    (($# == 1)) || usage "$HELP"
    need redis-cli sha256sum
    local file=$1 url=${REDIS_URL:-redis://127.0.0.1:6379}
    begin "$file"
    take_password "$url"
    [[ $(redis-cli -u "$PLAIN_URL" "${USER_OPTION[@]}" ping 2>/dev/null) == PONG ]] || fail "$AWAY" "Redis does not answer at $PLAIN_URL"
    redis-cli -u "$PLAIN_URL" "${USER_OPTION[@]}" --rdb "$PART" >"$PART.said" 2>&1 || fail "$PROGRAM" "redis-cli: $(tail -n 1 "$PART.said")"
    is_whole || fail "$PROGRAM" "what redis-cli wrote is no whole snapshot: $(tail -n 1 "$PART.said")"
    rm -f "$PART.said" "$PART.check"
    finish "$file"
    sum "$file"
    printf 'snapshot of %s: %s (%s bytes), %s.sha256\nTo restore it: %s --help\n' "$PLAIN_URL" "$file" "$(stat -c %s "$file")" "$file" "$0"
}

# take_password URL: into the environment, since a command line is seen by everybody.
take_password() {
    USER_OPTION=()
    PLAIN_URL=$1
    [[ $1 =~ ^(rediss?://)([^:@/]*)(:([^@/]*))?@(.*)$ ]] || return 0
    PLAIN_URL=${BASH_REMATCH[1]}${BASH_REMATCH[5]}
    [[ -z ${BASH_REMATCH[2]} ]] || USER_OPTION=(--user "${BASH_REMATCH[2]}")
    local encoded=${BASH_REMATCH[4]}
    printf -v REDISCLI_AUTH '%b' "${encoded//%/\\x}"
    export REDISCLI_AUTH
}

is_whole() {
    [[ $(head -c 5 "$PART") == REDIS ]] || return 1
    ! command -v redis-check-rdb >/dev/null || redis-check-rdb "$PART" >"$PART.check" 2>&1
}

main "$@"
