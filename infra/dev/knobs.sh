# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev knobs: turns faults at an installation of its own, and sees which alerts a real Prometheus and Alertmanager send.

# MARTLET_KNOBS_BIN names a folder with built programs; without it they are built first.
cmd_knobs() {
    local argument passed=() needs_stage=1
    for argument in "$@"; do
        case $argument in
            --list | --help | -h) needs_stage=0 ;;
            --json | --self-test | [a-z]*) ;;
            *) usage_error "knobs does not know '$argument'" ;;
        esac
        passed+=("$argument")
    done
    if ((needs_stage)); then
        find_server_user
        ensure_packages postgres redis monitoring knobs >&2
        find_server_user
        if [[ -n ${MARTLET_KNOBS_BIN:-} ]]; then
            BIN_DIR=$MARTLET_KNOBS_BIN
        else
            ensure_packages build >&2
            build_products release martlet-api martlet-worker martlet-health martlet-backup >&2
        fi
        make_scratch
        # The servers' user must get through to its own data; what is in here is thrown away.
        chmod 755 "$SCRATCH"
        PG_BIN=$(pg_bin) || die "there is no PostgreSQL server"
        passed+=(--folder "$SCRATCH" --binaries "$BIN_DIR" --postgres-binaries "$PG_BIN" --server-user "$SERVER_USER")
    fi
    local status=0
    run_child python3 -B "$ROOT/infra/monitoring/knobs/run.py" "${passed[@]}" || status=$?
    return "$status"
}
