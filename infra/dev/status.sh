# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev status, logs, psql and redis.

# process_row FORMAT NAME ADDRESS READY-COMMAND...
process_row() {
    local format=$1 name=$2 address=$3 pid='' up=down ready=no restarts=0 memory=''
    shift 3
    if pid=$(pid_of "$name"); then
        up=up
        "$@" && ready=yes
        memory=$(awk '/^VmRSS/ { printf "%d MB", $2 / 1024 }' "/proc/$pid/status" 2>/dev/null) || true
    fi
    { read -r restarts <"$RUN/$name.restarts"; } 2>/dev/null || restarts=0
    [[ $ready == yes ]] || NOT_READY=1
    if [[ $format == json ]]; then
        printf '{"name":"%s","pid":%s,"up":%s,"ready":%s,"address":%s,"restarts":%s}' "$name" "${pid:-null}" \
            "$(json_bool "$up" up)" "$(json_bool "$ready" yes)" "$(json_string "$address")" "$restarts"
    else
        printf '  %-10s %-8s %-5s %-6s %-9s %-8s %s' "$name" "${pid:--}" "$up" "$ready" "$restarts" \
            "${memory:--}" "$address"
    fi
}

external_row() {
    if [[ $1 == json ]]; then
        printf '{"name":"%s","external":true,"address":%s}' "$2" "$(json_string "$3")"
    else
        printf '  %-10s %-8s %-5s %-6s %-9s %-8s %s' "$2" - - - - - "$3"
    fi
}

# is_external NAME URL: whether the server is not ours: noted by ./dev up, or else by this terminal's own setting.
is_external() {
    if [[ -e $RUN/external ]]; then
        grep -qx "$1" "$RUN/external"
    else
        [[ -n $2 ]]
    fi
}

# need_url NAME VARIABLE WHAT: for work with what is not ours.
need_url() {
    [[ -z ${!2:-} ]] && is_external "$1" '' || return 0
    die "Martlet runs here on $3 of its user's own" "set $2 as for ./dev up"
}

json_bool() { [[ $1 == "$2" ]] && echo true || echo false; }

cmd_status() {
    local format=text supervisor='' address='' separator=''
    case ${1:-} in
        '') ;;
        --json) format=json separator=, ;;
        *) usage_error "status knows --json only" ;;
    esac
    load_state
    PG_BIN=$(pg_bin) || PG_BIN=/nonexistent
    NOT_READY=0
    if lock_is_held; then supervisor=$(pid_of supervisor) || true; fi
    [[ ! -e $RUN/address ]] || address=$(<"$RUN/address")
    status_head "$format" "$supervisor" "$address"
    if ! is_external postgres "${DATABASE_URL:-}"; then
        process_row "$format" postgres "127.0.0.1:${PG_PORT:-}" pg_is_ready
    else
        external_row "$format" postgres DATABASE_URL
    fi
    echo "$separator"
    if ! is_external redis "${REDIS_URL:-}"; then
        process_row "$format" redis "127.0.0.1:${REDIS_PORT:-}" redis_is_ready
    else
        external_row "$format" redis REDIS_URL
    fi
    echo "$separator"
    process_row "$format" api "http://127.0.0.1:${API_PORT:-}" service_is_ready api
    echo "$separator"
    process_row "$format" worker "http://127.0.0.1:${WORKER_PORT:-}" service_is_ready worker
    echo "$separator"
    process_row "$format" health "http://127.0.0.1:${HEALTH_PORT:-}" service_is_ready health
    echo "$separator"
    if ! is_external backup ''; then
        process_row "$format" backup "http://127.0.0.1:${BACKUP_PORT:-}" service_is_ready backup
    else
        external_row "$format" backup "off"
    fi
    [[ $format == json ]] && printf ']}'
    echo
    [[ -n $supervisor ]] || return 3
    ((!NOT_READY))
}

# status_head FORMAT SUPERVISOR ADDRESS
status_head() {
    if [[ $1 == json ]]; then
        printf '{"running":%s,"supervisor":%s,"address":%s,"processes":[\n' \
            "$(json_bool "${2:+yes}" yes)" "${2:-null}" "$([[ -n $3 ]] && json_string "$3" || echo null)"
        return 0
    fi
    if [[ -n $2 ]]; then
        echo "Martlet runs (supervisor pid $2) at ${3:-an address that is not known yet: it is still starting}"
    elif ! is_gone api || ! is_gone worker || ! is_gone health || ! is_gone backup || ! is_gone postgres || ! is_gone redis; then
        echo "The supervisor is gone, but left processes behind: ./dev up starts anew, ./dev down stops them."
    else
        echo "Martlet does not run here: ./dev up starts it."
    fi
    printf '  %-10s %-8s %-5s %-6s %-9s %-8s %s\n' process pid state ready restarts memory address
}

cmd_logs() {
    local follow=() files=() argument
    for argument in "$@"; do
        case $argument in
            -f | --follow) follow=(-F) ;;
            api | worker | health | backup | restore | postgres | redis | supervisor | migrate | build | initdb) files+=("$LOG/$argument.log") ;;
            *) usage_error "there is no log '$argument' (api, worker, health, backup, restore, postgres, redis, supervisor, migrate, build)" ;;
        esac
    done
    ((${#files[@]} > 0)) || files=("$LOG/api.log" "$LOG/worker.log" "$LOG/health.log" "$LOG/backup.log")
    local file present=()
    for file in "${files[@]}"; do
        [[ -e $file ]] && present+=("$file")
    done
    ((${#present[@]} > 0)) || die "there is no such log yet: Martlet has not been started here (./dev up)"
    exec tail -n 100 "${follow[@]}" -- "${present[@]}"
}

cmd_psql() {
    ensure_packages postgres
    load_state
    need_url postgres DATABASE_URL "a PostgreSQL"
    set_urls
    split_url "$SERVICE_DATABASE_URL"
    [[ -z $URL_PASSWORD ]] || export PGPASSWORD=$URL_PASSWORD
    cd "$CALLER_DIR"
    exec "$(pg_bin)/psql" -d "$URL_PLAIN" "$@"
}

cmd_redis() {
    ensure_packages redis
    load_state
    need_url redis REDIS_URL "a Redis"
    set_urls
    split_url "$SERVICE_REDIS_URL"
    [[ -z $URL_PASSWORD ]] || export REDISCLI_AUTH=$URL_PASSWORD
    local user=()
    [[ -z $URL_USER ]] || user=(--user "$URL_USER")
    # redis-cli takes a lone user name in a URL for a password: it gets the user as an option.
    URL_PLAIN=${URL_PLAIN/"://$URL_USER@"/://}
    exec redis-cli -u "$URL_PLAIN" "${user[@]}" "$@"
}
