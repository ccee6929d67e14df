# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: keeps the servers and services of ./dev up running, and stops them in order.

readonly READY_SECONDS=60 STOP_SECONDS=40 MIGRATE_SECONDS=300
readonly CRASH_LIMIT=5 CRASH_WINDOW=60 BACKOFF_MAX=30
SUPERVISED=()
SERVERS_DIE_WITH_US=0
STOP_IS_SUCCESS=0
declare -A CRASHES=() BACKOFF=() START_AT=() RESTARTS=()

# Sets the addresses that the services use; external servers keep their own.
set_urls() {
    SERVICE_DATABASE_URL=${DATABASE_URL:-"postgres://martlet:${PG_PASSWORD:-}@127.0.0.1:${PG_PORT:-}/martlet"}
    SERVICE_REDIS_URL=${REDIS_URL:-"redis://:${REDIS_PASSWORD:-}@127.0.0.1:${REDIS_PORT:-}"}
}

# Saved ports stay as long as they are free; taken ones move on, except those that the user asked for.
choose_ports() {
    [[ -n ${PG_PORT:-} ]] && port_is_free "$PG_PORT" || PG_PORT=$(random_free_port)
    [[ -n ${REDIS_PORT:-} ]] && port_is_free "$REDIS_PORT" || REDIS_PORT=$(random_free_port "$PG_PORT")
    choose_service_port api
    choose_service_port worker
    choose_service_port health
    choose_service_port backup
    save_state
}

# choose_service_port NAME
choose_service_port() {
    local good=0
    case $1 in
        api) API_PORT=$(service_port APP_PORT "${APP_PORT:-}" "${API_PORT:-}" 8080) ;;
        worker)
            WORKER_PORT=$(service_port MARTLET_WORKER_PORT "${MARTLET_WORKER_PORT:-}" "${WORKER_PORT:-}" 8081 "$API_PORT")
            ;;
        health)
            HEALTH_PORT=$(service_port MARTLET_HEALTH_PORT "${MARTLET_HEALTH_PORT:-}" "${HEALTH_PORT:-}" 8082 \
                "$API_PORT" "$WORKER_PORT")
            ;;
        backup)
            BACKUP_PORT=$(service_port MARTLET_BACKUP_PORT "${MARTLET_BACKUP_PORT:-}" "${BACKUP_PORT:-}" 8083 \
                "$API_PORT" "$WORKER_PORT" "$HEALTH_PORT")
            ;;
    esac
}

# Said before a long build rather than after it.
check_asked_ports() {
    [[ -z ${APP_PORT:-} ]] || service_port APP_PORT "$APP_PORT" '' '' >/dev/null
    [[ -z ${MARTLET_WORKER_PORT:-} ]] || service_port MARTLET_WORKER_PORT "$MARTLET_WORKER_PORT" '' '' >/dev/null
    [[ -z ${MARTLET_HEALTH_PORT:-} ]] || service_port MARTLET_HEALTH_PORT "$MARTLET_HEALTH_PORT" '' '' >/dev/null
    [[ -z ${MARTLET_BACKUP_PORT:-} ]] || service_port MARTLET_BACKUP_PORT "$MARTLET_BACKUP_PORT" '' '' >/dev/null
    local name taken=''
    for name in APP_PORT MARTLET_WORKER_PORT MARTLET_HEALTH_PORT MARTLET_BACKUP_PORT; do
        [[ -n ${!name:-} ]] || continue
        [[ " $taken " != *" ${!name} "* ]] || die "$name is ${!name}, as is another port"
        taken+=" ${!name}"
    done
}

# service_port VARIABLE ASKED SAVED DEFAULT [TAKEN...]
service_port() {
    local good=0
    if [[ -n $2 ]]; then
        [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] && (($2 <= 65535)) && good=1
        ((good)) || die "$1 is '$2'; it must be a port from 1 to 65535"
        port_is_free "$2" || die "$1 asks for port $2, but another program listens there" \
            "stop that program, choose another port, or leave $1 unset to get the next free one"
        printf '%s\n' "$2"
    elif [[ -n $3 && " ${*:5} " != *" $3 "* ]] && port_is_free "$3"; then
        printf '%s\n' "$3"
    else
        next_free_port "${@:4}"
    fi
}

# start_servers: our own PostgreSQL and Redis, unless the environment names others.
start_servers() {
    ensure_secrets_and_note_loss
    [[ -z ${DATABASE_URL:-} || -z ${REDIS_URL:-} ]] || return 0
    note "Starting the private servers"
    place_data data
    if [[ -z ${DATABASE_URL:-} ]]; then
        pg_prepare scram-sha-256
        ((SECRETS_LOST)) && pg_reset_passwords
        pg_configure durable
        pg_spawn
        SUPERVISED+=(postgres)
    fi
    if [[ -z ${REDIS_URL:-} ]]; then
        redis_configure durable
        redis_spawn
        SUPERVISED+=(redis)
        server_up redis redis_is_ready
    fi
    if [[ -z ${DATABASE_URL:-} ]]; then
        server_up postgres pg_is_ready
        pg_ensure_database
    fi
}

ensure_secrets_and_note_loss() {
    SECRETS_LOST=0
    [[ ! -e $STATE/data/postgres/PG_VERSION || -n ${PG_ADMIN_PASSWORD:-} && -n ${PG_PASSWORD:-} ]] || SECRETS_LOST=1
    ensure_secrets
}

migrate() {
    note "Migrating the database"
    : >"$LOG/migrate.log"
    local status=0
    DATABASE_URL=$SERVICE_DATABASE_URL REDIS_URL=$SERVICE_REDIS_URL LOG_FORMAT=$SERVICE_LOG_FORMAT \
        run_child timeout -k 10 "$MIGRATE_SECONDS" "$BIN_DIR/martlet-api" migrate >"$LOG/migrate.log" 2>&1 || status=$?
    ((status == 0)) && return 0
    tail_log migrate 20
    die "the migration failed: martlet-api migrate $(describe_exit "$status")"
}

# service_spawn NAME PORT
service_spawn() {
    if [[ $1 == backup ]]; then
        backup_spawn "$2"
        return
    fi
    local -x DATABASE_URL=$SERVICE_DATABASE_URL REDIS_URL=$SERVICE_REDIS_URL LOG_FORMAT=$SERVICE_LOG_FORMAT APP_PORT=$2
    if [[ $1 == health ]]; then
        write_addresses
        # From files, so that the aggregator finds a service that moved.
        write_health_configuration
        local -x MARTLET_HEALTH_CONFIG=${MARTLET_HEALTH_CONFIG:-$RUN/health.yaml} API_BASE_URL='' \
            API_BASE_URL_FILE=$RUN/api.url WORKER_BASE_URL_FILE=$RUN/worker.url HEALTH_BASE_URL_FILE=$RUN/health.url \
            BACKUP_BASE_URL_FILE=$RUN/backup.url BACKUP_TOKEN=${BACKUP_TOKEN:-}
    fi
    with_schedule spawn "$1" "$BIN_DIR/martlet-$1"
}

# write_health_configuration: what the aggregator watches; backups only where there are any.
write_health_configuration() {
    local parts=("$ROOT/infra/dev/health.yaml")
    ! is_supervised backup || parts+=("$ROOT/infra/dev/health-backup.yaml")
    cat "${parts[@]}" >"$RUN/health.yaml.new"
    mv "$RUN/health.yaml.new" "$RUN/health.yaml"
}

# write_addresses: where each service is, for the aggregator's configuration.
write_addresses() {
    local name
    for name in api worker health backup; do
        printf 'http://127.0.0.1:%s\n' "$(port_of "$name")" >"$RUN/$name.url.new"
        mv "$RUN/$name.url.new" "$RUN/$name.url"
    done
}

# start_one NAME: starts or restarts one supervised process.
start_one() {
    case $1 in
        postgres) pg_drop_stale_lock && pg_spawn ;;
        redis) redis_spawn ;;
        *) start_service "$1" ;;
    esac
    unset "START_AT[$1]"
}

# The port is looked at again at each start: another checkout may have been quicker.
start_service() {
    local variable=${1^^}_PORT before
    before=${!variable}
    if ! port_is_free "$before"; then
        choose_service_port "$1"
        save_state
        note "Port $before is taken by another program: $1 moves to ${!variable}"
        [[ ! -e $RUN/address ]] || publish_address
        tell_health "$1"
    fi
    service_spawn "$1" "${!variable}"
}

# tell_health NAME: lets the aggregator read anew where a service is.
tell_health() {
    local pid
    [[ $1 != health ]] || return 0
    write_addresses
    if pid=$(pid_of health); then kill -s HUP "$pid" 2>/dev/null || true; fi
}

# port_of NAME
port_of() {
    local variable=${1^^}_PORT
    printf '%s\n' "${!variable:-}"
}

# service_is_ready NAME: its own process owns the port and answers that it is ready.
service_is_ready() {
    local pid port
    port=$(port_of "$1")
    pid=$(pid_of "$1") && listens_on "$pid" "$port" && http_is_ok "$port" /health/ready
}

wait_ready() {
    local name deadline=$((SECONDS + READY_SECONDS))
    for name in api worker health backup; do
        until ! is_supervised "$name" || service_is_ready "$name"; do
            ((SECONDS < deadline)) || not_ready "$name"
            supervise_once
            pause 0.4
        done
    done
}

not_ready() {
    local answer
    tail_log "$1" 20
    answer=$(http_get "$(port_of "$1")" /health/ready) || answer='nobody answers'
    die "$1 was not ready within $READY_SECONDS s" "/health/ready says:" "${answer//$'\r'/}"
}

is_supervised() { [[ " ${SUPERVISED[*]} " == *" $1 "* ]]; }

# supervise_once: notices who ended, and starts again whose time has come.
supervise_once() {
    local name
    for name in "${SUPERVISED[@]}"; do
        if [[ -n ${START_AT[$name]:-} ]]; then
            ((SECONDS < START_AT[$name])) || start_one "$name"
        elif is_gone "$name"; then
            after_crash "$name"
        fi
    done
}

after_crash() {
    local name=$1 status=0 times=() time
    wait "${CHILD[$name]}" || status=$?
    for time in ${CRASHES[$name]:-}; do
        ((SECONDS - time >= CRASH_WINDOW)) || times+=("$time")
    done
    # A minute without a crash and the waiting starts from one second again.
    ((${#times[@]} > 0)) || BACKOFF[$name]=1
    times+=("$SECONDS")
    CRASHES[$name]="${times[*]}"
    RESTARTS[$name]=$((${RESTARTS[$name]:-0} + 1))
    echo "${RESTARTS[$name]}" 2>/dev/null >"$RUN/$name.restarts" || warn "$RUN can't be written; is the disk full?"
    if ((${#times[@]} >= CRASH_LIMIT)) && [[ " ${WATCHED[*]} " == *" $name "* ]]; then
        rest_until_changed "$name" "$status"
        return 0
    fi
    if ((${#times[@]} >= CRASH_LIMIT)) && [[ $name == backup ]]; then
        give_up_backups "$status"
        return 0
    fi
    if ((${#times[@]} >= CRASH_LIMIT)); then
        tail_log "$name" 30
        die "$name $(describe_exit "$status"); that is crash ${#times[@]} within $CRASH_WINDOW s: giving up" \
            "the whole log: $LOG/$name.log"
    fi
    warn "$name $(describe_exit "$status") (crash ${#times[@]} of $CRASH_LIMIT within $CRASH_WINDOW s);" \
        "starting it again in ${BACKOFF[$name]} s. Its log: ./dev logs $name"
    START_AT[$name]=$((SECONDS + BACKOFF[$name]))
    BACKOFF[$name]=$((BACKOFF[$name] * 2 > BACKOFF_MAX ? BACKOFF_MAX : BACKOFF[$name] * 2))
}

# give_up_backups STATUS: the others go on without; the status page and ./dev status show it.
give_up_backups() {
    tail_log backup 10
    warn "backup $(describe_exit "$1") too often: it stays off, and NOTHING IS BACKED UP, until ./dev up is started anew"
    leave_alone backup
}

# leave_alone NAME: it is no longer started anew.
leave_alone() {
    local name others=()
    for name in "${SUPERVISED[@]}"; do
        [[ $name == "$1" ]] || others+=("$name")
    done
    SUPERVISED=("${others[@]}")
}

supervise() {
    local turns=0
    STOP_IS_SUCCESS=1
    ((!WATCHING)) || begin_watch
    while true; do
        supervise_once
        ((!WATCHING)) || watch_once
        ((++turns % 10 != 0)) || rotate_logs
        [[ -e $RUN/supervisor.pid ]] || die "$STATE was removed while Martlet ran: stopping"
        pause 1
    done
}

# stop_all: also what ./dev down and a new ./dev up use on the orphans of a killed supervisor.
stop_all() {
    rm -f "$RUN/address"
    # Who watches goes first, or it would report that the others went.
    signal health TERM || true
    finish_process health "$STOP_SECONDS"
    # Each gets exactly one SIGTERM, both at the same time: a second one means "leave at once".
    signal api TERM || true
    signal worker TERM || true
    finish_process api "$STOP_SECONDS"
    finish_process worker "$STOP_SECONDS"
    backup_catches_up
    signal backup TERM || true
    finish_process backup "$STOP_SECONDS"
    stop_servers
    rm -f "$RUN"/*.restarts "$RUN/external" "$RUN/ports" "$RUN/supervisor.pid"
}

stop_supervised() {
    if ((STOP_ASKED && ${#SUPERVISED[@]} > 0)); then
        note "Stopping (services finish what they hold; Ctrl-C again to hurry them)"
    fi
    stop_all
    ((!STOP_ASKED)) || note "Stopped"
}
