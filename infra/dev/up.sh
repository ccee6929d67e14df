# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev up and ./dev down.

cmd_up() {
    local fresh=0 detach=0 configuration=release
    while (($# > 0)); do
        case $1 in
            --fresh) fresh=1 ;;
            --debug) configuration=debug ;;
            --detach | -d) detach=1 ;;
            *) usage_error "up does not know '$1'" ;;
        esac
        shift
    done
    if ((fresh)) && [[ -n ${DATABASE_URL:-} || -n ${REDIS_URL:-} ]]; then
        die "--fresh only wipes Martlet's private servers, and DATABASE_URL or REDIS_URL names others" \
            "unset them, or leave --fresh away"
    fi
    prepare_state
    if ! take_lock; then
        ((fresh)) || { already_up && return 0; }
        ((!fresh)) || cmd_down
        take_lock 10 || die "another ./dev command holds $STATE"
    fi
    # Left by one that was cut off, by a power failure say: nothing is up yet.
    rm -f "$RUN/address"
    record_pid "$RUN/supervisor.pid" $$
    ON_EXIT+=(stop_supervised)
    bring_up "$configuration" "$fresh" "$detach"
}

# already_up: says where the running Martlet is; waits for one that is just starting. Fails when that one ended instead.
already_up() {
    local pid deadline=$((SECONDS + 1800))
    pid=$(pid_of supervisor) || pid=unknown
    [[ -e $RUN/address ]] || note "Another ./dev up (pid $pid) is starting Martlet here: waiting for it"
    until [[ -e $RUN/address ]]; do
        lock_is_held || return 1
        ((SECONDS < deadline)) || die "the other ./dev up is still not ready after 30 minutes"
        pause 0.5
    done
    note "Martlet already runs here (supervisor pid $(pid_of supervisor || echo unknown)): $(<"$RUN/address")"
    echo "    ./dev status shows more, ./dev down stops it."
}

# bring_up CONFIGURATION FRESH DETACH
bring_up() {
    stop_orphans
    check_asked_ports
    find_server_user
    local needs=()
    [[ -n ${MARTLET_DEV_BIN:-} ]] || needs+=(build)
    # Of another PostgreSQL too: backups are made and drilled with its programs.
    [[ -n ${DATABASE_URL:-} ]] && ! has_backups || needs+=(postgres)
    [[ -n ${REDIS_URL:-} ]] || needs+=(redis)
    ensure_packages "${needs[@]}"
    find_server_user
    if (($2)); then
        note "Removing the data, backups, ports and passwords of the private servers"
        wipe_data data
        wipe_data backup
        rm -f "$STATE/state.env" "$STATE/secrets"
    fi
    find_or_build "$1" martlet-api martlet-worker martlet-health martlet-backup
    printf '%s\n' "$BIN_DIR" >"$STATE/programs"
    SERVICE_LOG_FORMAT=${LOG_FORMAT:-$([[ -t 1 ]] && echo text || echo json)}
    if (($3)); then
        hand_over
    else
        run_all
    fi
}

# Orphans are what a supervisor left that was killed with SIGKILL; they are known by pid, start time and boot.
stop_orphans() {
    local name found=()
    for name in health api worker backup redis postgres; do
        is_gone "$name" || found+=("$name")
    done
    ((${#found[@]} > 0)) || return 0
    note "Stopping what an earlier ./dev up left behind: ${found[*]}"
    local own
    own=$(<"$RUN/supervisor.pid") || own=''
    stop_all
    [[ -z $own ]] || printf '%s\n' "$own" >"$RUN/supervisor.pid"
}

run_all() {
    rotate_logs
    rm -f "$RUN"/*.restarts
    load_state
    choose_ports
    local services=(api worker health)
    if has_backups && prepare_backup; then services+=(backup); fi
    note_external "${services[@]}"
    start_servers
    set_urls
    migrate
    note "Starting ${services[*]}"
    SUPERVISED+=("${services[@]}")
    local name
    for name in "${services[@]}"; do
        start_service "$name"
    done
    wait_ready
    publish_address
    welcome
    supervise
}

# note_external SERVICES...: which servers and stores are not ours, and whether there are backups, for other terminals, which
# have other environments; the URLs may hold passwords and stay out.
note_external() {
    : >"$RUN/external"
    [[ " $* " == *' backup '* ]] || echo backup >>"$RUN/external"
    [[ -z ${MARTLET_BACKUP_STORES:-} ]] || echo stores >>"$RUN/external"
    [[ -z ${DATABASE_URL:-} ]] || echo postgres >>"$RUN/external"
    [[ -z ${REDIS_URL:-} ]] || echo redis >>"$RUN/external"
}

publish_address() {
    printf 'http://127.0.0.1:%s\n' "$API_PORT" >"$RUN/address.new"
    mv "$RUN/address.new" "$RUN/address"
}

welcome() {
    local url authorization=''
    url=$(<"$RUN/address")
    [[ -z ${MARTLET_API_KEYS:-} ]] || authorization=" -H 'Authorization: Bearer YOUR-API-KEY'"
    cat <<WELCOME

Martlet is ready.

  API     $url
  worker  http://127.0.0.1:$WORKER_PORT  (health and metrics)
  status  http://127.0.0.1:$HEALTH_PORT  (status page; /operators for those who run it)
  backups $(server_place backup)
  ledger  $(server_place postgres)
  bus     $(server_place redis)

Submit a job:
  curl -s $url/v1/jobs$authorization -H 'Content-Type: application/json' -d '{"kind":"noop","args":{"hello":"world"}}'
Show its result (put the id from the answer in place of ID):
  curl -s '$url/v1/jobs/ID/wait?timeout=10'$authorization

Logs: ./dev logs -f    State: ./dev status    Stop: Ctrl-C here or ./dev down

WELCOME
}

# server_place NAME
server_place() {
    case $1 in
        postgres) [[ -n ${DATABASE_URL:-} ]] && echo "PostgreSQL from DATABASE_URL" ||
            echo "PostgreSQL on 127.0.0.1:$PG_PORT, data in $PG_DATA  (./dev psql)" ;;
        backup) is_supervised backup && echo "http://127.0.0.1:$BACKUP_PORT  (./dev backup, backups, restore, drill)" ||
            echo "off: the PostgreSQL is not ours (MARTLET_BACKUP_STORES turns them on)" ;;
        redis) [[ -n ${REDIS_URL:-} ]] && echo "Redis from REDIS_URL" ||
            echo "Redis on 127.0.0.1:$REDIS_PORT, data in $REDIS_DATA  (./dev redis)" ;;
    esac
}

# hand_over: a supervisor of its own session takes the lock over (it inherits it) and we show what it says until it is
# ready, or why it is not.
hand_over() {
    export BIN_DIR SERVICE_LOG_FORMAT
    : >>"$LOG/supervisor.log"
    exec 4<"$LOG/supervisor.log"
    cat <&4 >/dev/null
    MARTLET_DEV_FOLDER=$STATE setsid "$ROOT/dev" __supervise </dev/null >>"$LOG/supervisor.log" 2>&1 4<&- &
    DETACHED_PID=$!
    ON_EXIT=(stop_detached)
    until [[ -e $RUN/address ]]; do
        cat <&4
        identity "$DETACHED_PID" >/dev/null || { cat <&4; ON_EXIT=(); die "Martlet did not start"; }
        pause 0.2
    done
    pause 0.2
    cat <&4
    ON_EXIT=()
    echo "Running in the background (supervisor pid $DETACHED_PID): ./dev down stops it."
}

stop_detached() { kill -s TERM "$DETACHED_PID" 2>/dev/null; }

# The hidden verb behind --detach.
cmd_supervise() {
    [[ -n ${BIN_DIR:-} && -e /proc/$$/fd/9 ]] || usage_error "__supervise is only for ./dev up --detach"
    record_pid "$RUN/supervisor.pid" $$
    ON_EXIT+=(stop_supervised)
    find_server_user
    run_all
}

cmd_down() {
    (($# == 0)) || usage_error "down takes no arguments"
    [[ -d $STATE ]] || { echo "Martlet does not run here."; return 0; }
    prepare_state
    local ran=0
    if lock_is_held; then
        ran=1
        stop_supervisor
    fi
    take_lock 5 || die "another ./dev command started meanwhile"
    local name
    for name in health api worker backup redis postgres; do
        is_gone "$name" || ran=1
    done
    stop_orphans
    rm -f "$RUN/supervisor.pid"
    drop_lock
    ((ran)) && echo "Martlet is stopped." || echo "Martlet does not run here."
}

# stop_supervisor: asks it to stop everything in order; kills it only when it does not come to an end.
stop_supervisor() {
    local pid
    wait_until 3 pid_of supervisor >/dev/null || die "a ./dev command holds $STATE/lock, but its pid is not known" \
        "it may be starting or stopping: try again in a moment"
    pid=$(pid_of supervisor)
    note "Stopping Martlet (supervisor pid $pid)"
    kill -s TERM "$pid"
    wait_until 120 lock_is_free && return 0
    warn "the supervisor did not end within 120 s: killing it"
    kill -s KILL "$pid"
    wait_until 10 lock_is_free || die "the lock $STATE/lock is still held"
}
