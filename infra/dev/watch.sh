# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev watch: as ./dev up, and what changes is built, and started anew where its program became another.

readonly WATCHED_SOURCES=(Services Shared Package.swift)
WATCHING=0
WATCH_CONFIGURATION=debug
WATCHED=()
# The sources as last seen, and as they were when the last build began.
SOURCES_SEEN='' SOURCES_BUILT=''
declare -A PROGRAM_STARTED=()

cmd_watch() {
    local options=(--debug)
    while (($# > 0)); do
        case $1 in
            --release) WATCH_CONFIGURATION=release options=("${options[@]:1}") ;;
            --fresh) options+=(--fresh) ;;
            *) usage_error "watch does not know '$1'" ;;
        esac
        shift
    done
    [[ -z ${MARTLET_DEV_BIN:-} ]] || die "./dev watch builds Martlet itself, and MARTLET_DEV_BIN names programs that are built"
    prepare_state
    ! lock_is_held || die "Martlet already runs here, and nobody watches" "stop it first: ./dev down"
    WATCHING=1
    # Before the first build: what is saved during it is built next.
    SOURCES_BUILT=$(mark_of_sources)
    cmd_up "${options[@]}"
}

# Files that editors make on the way, hidden ones and those that end in ~, are nobody's sources. A file may vanish meanwhile.
mark_of_sources() {
    { find "${WATCHED_SOURCES[@]}" -type f -not -name '.*' -not -name '*~' -printf '%p %s %T@\n' 2>/dev/null || true; } |
        sort | sha256sum
}

# mark_of_program NAME: another one after each time that it was linked.
mark_of_program() { stat -c '%i %s %y' "$BIN_DIR/martlet-$1" 2>/dev/null || true; }

begin_watch() {
    local name
    for name in "${SUPERVISED[@]}"; do
        [[ -x $BIN_DIR/martlet-$name ]] || continue
        WATCHED+=("$name")
        PROGRAM_STARTED[$name]=$(mark_of_program "$name")
    done
    ON_EXIT+=(end_build)
    note "Watching ${WATCHED_SOURCES[*]}: what you save is built, and started anew"
}

# watch_once: what the supervisor does about changes each second. Builds go on beside it, so that crashes are still noticed.
watch_once() {
    local now status=0
    if [[ -n ${CHILD[build]:-} ]]; then
        is_gone build || return 0
        wait "${CHILD[build]}" || status=$?
        finish_process build 0
        if ((status == 0)); then
            restart_changed
        else
            show_build_errors
            warn "the build failed: what runs stays as it is"
        fi
        return 0
    fi
    now=$(mark_of_sources)
    if [[ $now != "$SOURCES_SEEN" ]]; then
        # Somebody is still writing: the build begins after a second of quiet.
        SOURCES_SEEN=$now
    elif [[ $now != "$SOURCES_BUILT" ]]; then
        begin_build
    fi
}

# A process group of its own, known like all others, which ends with this script even when that is killed.
begin_build() {
    SOURCES_BUILT=$SOURCES_SEEN
    note "Building what changed ($WATCH_CONFIGURATION)"
    : >"$LOG/build.log"
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    spawn build setpriv --pdeathsig TERM bash -c '
        for product in "${@:2}"; do
            setpriv --pdeathsig INT swift build -c "$1" --product "$product" || exit
        done' _ "$WATCH_CONFIGURATION" "${WATCHED[@]/#/martlet-}"
}

end_build() {
    local pid
    pid=$(pid_of build) || return 0
    kill -s INT -- "-$pid" 2>/dev/null
    wait_until 10 group_is_gone "$pid" || kill -s KILL -- "-$pid" 2>/dev/null
    finish_process build 0
}

group_is_gone() { ! kill -0 -- "-$1" 2>/dev/null; }

restart_changed() {
    local name changed=()
    for name in "${WATCHED[@]}"; do
        [[ $(mark_of_program "$name") == "${PROGRAM_STARTED[$name]}" ]] || changed+=("$name")
    done
    if ((${#changed[@]} == 0)); then
        note "Built; no program has changed"
        return 0
    fi
    # In a shell of its own, since a migration that fails must not end what runs.
    if [[ " ${changed[*]} " == *' api '* ]] && ! (migrate); then
        warn "what runs stays as it is"
        return 0
    fi
    note "Restarting ${changed[*]}"
    for name in "${changed[@]}"; do
        restart_service "$name"
    done
    for name in "${changed[@]}"; do
        wait_until "$READY_SECONDS" is_ready_or_gone "$name" || true
        if service_is_ready "$name"; then
            note "$name is ready"
        else
            warn "$name is not ready: ./dev logs $name"
        fi
    done
}

is_ready_or_gone() { service_is_ready "$1" || is_gone "$1"; }

restart_service() {
    signal "$1" TERM || true
    finish_process "$1" "$STOP_SECONDS"
    unset "START_AT[$1]" "CRASHES[$1]"
    is_supervised "$1" || SUPERVISED+=("$1")
    PROGRAM_STARTED[$1]=$(mark_of_program "$1")
    [[ $1 != backup ]] || place_program || return 0
    start_service "$1"
}

# rest_until_changed NAME STATUS: what crashes again and again is let be until it is built anew.
rest_until_changed() {
    tail_log "$1" 10
    warn "$1 $(describe_exit "$2") too often: it rests until its program changes"
    leave_alone "$1"
}
