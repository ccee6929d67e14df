# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev browser: the status page's tests in a real browser.

# cmd_browser [PYTEST ARGUMENTS]: against real programs, and against a stand-in server for what those can't be made to show in seconds; or, with
# MARTLET_HEALTH_URL, those tests that hold in any situation against a running aggregator.
# cmd_browser shots DIR: takes pictures of the real pages.
cmd_browser() {
    local missing=() run=(-m pytest -q -p no:cacheprovider)
    command -v chromium >/dev/null || missing+=(chromium)
    [[ -d /usr/share/fonts/truetype/dejavu ]] || missing+=(fonts-dejavu-core)
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
    prepare_state
    prepare_venv browser
    [[ -n ${MARTLET_HEALTH_URL:-} ]] || start_browser_system
    MARTLET_CHROMIUM=$(command -v chromium)
    export MARTLET_CHROMIUM
    if [[ ${1:-} == shots ]]; then
        (($# == 2)) || usage_error "./dev browser shots DIR: where do the pictures go?"
        [[ -z ${MARTLET_HEALTH_URL:-} ]] || die "the pictures are taken of programs that ./dev starts: unset MARTLET_HEALTH_URL"
        run=(shots.py "$(cd "$CALLER_DIR" && mkdir -p "$2" && cd "$2" && pwd -P)")
        set --
    fi
    cd "$ROOT/Tests/BrowserTests" || die "Tests/BrowserTests is missing"
    run_child "$STATE/browser-venv/bin/python" -B "${run[@]}" "$@"
}

# Servers of our own with a migrated database; real.py starts the aggregator on it.
start_browser_system() {
    find_server_user
    ensure_packages build postgres redis
    find_server_user
    build_products debug martlet-api martlet-health
    # ./dev test --deep has servers already.
    if [[ -z ${MARTLET_TEST_DATABASE_URL:-} ]]; then
        make_scratch
        own_servers "$SCRATCH" scratch
    fi
    export MARTLET_TEST_BIN=$BIN_DIR MARTLET_TEST_PG_BIN=$PG_BIN
    export MARTLET_TEST_BROWSER_DATABASE_URL="postgres://postgres@127.0.0.1:$PG_PORT/martlet_browser"
    export MARTLET_TEST_BROWSER_REDIS_URL="redis://127.0.0.1:$REDIS_PORT"
    pg_sql -d postgres <<<'CREATE DATABASE martlet_browser'
    DATABASE_URL=$MARTLET_TEST_BROWSER_DATABASE_URL REDIS_URL=$MARTLET_TEST_BROWSER_REDIS_URL \
        run_child "$BIN_DIR/martlet-api" migrate >"$LOG/migrate.log" 2>&1 || {
        tail_log migrate 20
        die "the migration failed"
    }
}
