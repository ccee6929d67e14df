# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: building with swift, with progress that a person or a log can follow.

# find_or_build CONFIGURATION PRODUCT...: sets BIN_DIR.
find_or_build() {
    local product
    [[ -n ${MARTLET_DEV_BIN:-} ]] || { build_products "$@" && return 0; }
    for product in "${@:2}"; do
        [[ -x $MARTLET_DEV_BIN/$product ]] || die "MARTLET_DEV_BIN is '$MARTLET_DEV_BIN', and there is no $product in it"
    done
    BIN_DIR=$(cd "$MARTLET_DEV_BIN" && pwd -P)
}

# build_products CONFIGURATION PRODUCT...: sets BIN_DIR.
build_products() {
    local configuration=$1 product
    shift
    for product in "$@"; do
        note "Building $product ($configuration)"
        run_build swift build -c "$configuration" --product "$product"
    done
    BIN_DIR=$(swift build -c "$configuration" --show-bin-path)
}

# run_build COMMAND...: on a terminal swift shows its own progress; elsewhere a line each 15 s, and errors at the end.
run_build() {
    local status=0
    if [[ -t 1 ]]; then
        run_child "$@" || status=$?
    else
        build_in_the_dark "$@" || status=$?
    fi
    ((status == 0)) || die "the build failed" "command: $*"
}

build_in_the_dark() {
    local status=0
    mkdir -p "$LOG"
    : >"$LOG/build.log"
    build_ticker &
    TICKER_PID=$!
    run_child "$@" >"$LOG/build.log" 2>&1 || status=$?
    stop_ticker
    ((status == 0)) || show_build_errors
    return "$status"
}

stop_ticker() {
    [[ -n ${TICKER_PID:-} ]] || return 0
    kill "$TICKER_PID" 2>/dev/null || true
    wait "$TICKER_PID" 2>/dev/null || true
    TICKER_PID=''
}
ON_EXIT+=(stop_ticker)

build_ticker() {
    local started=$SECONDS line parent=$$
    trap - INT TERM HUP
    exec 9>&-
    # The loop ends with the script that it reports for, even when that is killed.
    while pause 15 && [[ -d /proc/$parent ]]; do
        line=$(tail -c 2000 "$LOG/build.log" | tr '\r' '\n' |
            grep -E '^\[|^(Fetching|Computing|Creating|Building)' | tail -n 1) || true
        printf '    %3d s  %s\n' "$((SECONDS - started))" "${line:-starting}"
    done
}

show_build_errors() {
    printf -- '--- errors (whole log: %s) ---\n' "$LOG/build.log" >&2
    grep -E -A 6 'error:' "$LOG/build.log" | head -n 80 >&2 || tail -n 40 "$LOG/build.log" >&2
}
