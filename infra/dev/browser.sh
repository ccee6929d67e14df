# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev browser: the status page's tests in a real browser.

# cmd_browser [PYTEST ARGUMENTS]: against a stand-in server that plays every situation, or, with MARTLET_HEALTH_URL,
# those tests that hold in any situation against a running aggregator.
cmd_browser() {
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    [[ -d /usr/share/fonts/truetype/dejavu ]] || missing+=(fonts-dejavu-core)
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
    prepare_state
    prepare_venv browser
    MARTLET_CHROMIUM=$(command -v chromium)
    export MARTLET_CHROMIUM
    cd "$ROOT/Tests/BrowserTests" || die "Tests/BrowserTests is missing"
    run_child "$STATE/browser-venv/bin/python" -B -m pytest -q -p no:cacheprovider "$@"
}
