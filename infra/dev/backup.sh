# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: backups on this machine: the surroundings of martlet-backup, and ./dev backup, backups and drill.

readonly FIRST_RUNS_SECONDS=600

# Whether ./dev up starts martlet-backup: always for its own PostgreSQL. Of another one nobody knows the size, so its user
# has to say where its backups go.
has_backups() { [[ -z ${DATABASE_URL:-} || -n ${MARTLET_BACKUP_STORES:-} ]]; }

# prepare_backup: the store, its key and the program. Sets BACKUP_HOME, BACKUP_PROGRAM and AS_BACKUP. PostgreSQL's programs
# refuse root, and a restored server's user has to read the store: so all of it belongs to the servers' user.
prepare_backup() {
    local DATA
    place_data backup
    BACKUP_HOME=$DATA
    AS_BACKUP=(env -C /)
    ((EUID != 0)) ||
        AS_BACKUP+=(setpriv "--reuid=$SERVER_USER" "--regid=$(id -g "$SERVER_USER")" --init-groups)
    place_program || return 1
    mkdir -p "$BACKUP_HOME/drills"
    give_to_server "$BACKUP_HOME/drills"
    [[ -s $BACKUP_HOME/keys ]] || make_backup_key
}

# The program, or a copy of it where the servers' user cannot get into the checkout (one under /root).
place_program() {
    BACKUP_PROGRAM=$BIN_DIR/martlet-backup
    as_server test -x "$BACKUP_PROGRAM" && return 0
    BACKUP_PROGRAM=$BACKUP_HOME/martlet-backup
    if ! cmp -s "$BIN_DIR/martlet-backup" "$BACKUP_PROGRAM"; then
        cp "$BIN_DIR/martlet-backup" "$BACKUP_PROGRAM.new"
        give_to_server "$BACKUP_PROGRAM.new"
        mv "$BACKUP_PROGRAM.new" "$BACKUP_PROGRAM"
    fi
    as_server "$BACKUP_PROGRAM" --version >/dev/null 2>&1 && return 0
    warn "the servers' user '$SERVER_USER' cannot run martlet-backup, so NOTHING IS BACKED UP:" \
        "start ./dev as another user than root, or keep checkout and toolchain where every user may read them"
    return 1
}

make_backup_key() {
    local key
    key=$("$BIN_DIR/martlet-backup" keys generate "dev-$(date -u +%Y%m%d)") || die "martlet-backup made no key"
    printf '%s\n' "$key" | write_for_server "$BACKUP_HOME/keys"
}

# with_backup_environment COMMAND...: what the user has set goes on as it is. Of a PostgreSQL that is not ours, the content is
# taken (logical), since its role may not be allowed more.
with_backup_environment() {
    local external=0
    ! is_external postgres "${DATABASE_URL:-}" || external=1
    local -x HOME=$BACKUP_HOME LOG_LEVEL=${LOG_LEVEL:-info} MARTLET_BACKUP_HEARTBEAT_TOKEN=${BACKUP_TOKEN:-}
    local -x DATABASE_URL=${DATABASE_URL:-"postgres://martlet_backup:${PG_BACKUP_PASSWORD:-}@127.0.0.1:${PG_PORT:-}/martlet"}
    local -x MARTLET_BACKUP_STORES=${MARTLET_BACKUP_STORES:-"file://${BACKUP_HOME// /%20}/store?make=yes"}
    local -x MARTLET_BACKUP_HEARTBEATS=${MARTLET_BACKUP_HEARTBEATS:-"http://127.0.0.1:${HEALTH_PORT:-}/v1/heartbeats/{verb}"}
    local -x MARTLET_BACKUP_PROGRAMS=${MARTLET_BACKUP_PROGRAMS:-${PG_BIN:-}}
    local -x MARTLET_BACKUP_DRILL_FOLDER=${MARTLET_BACKUP_DRILL_FOLDER:-$BACKUP_HOME/drills}
    local -x MARTLET_BACKUP_KEEP_COUNT=${MARTLET_BACKUP_KEEP_COUNT:-3}
    if ((external)); then
        local -x MARTLET_BACKUP_METHOD=${MARTLET_BACKUP_METHOD:-logical}
    else
        local -x MARTLET_BACKUP_RECEIVE=${MARTLET_BACKUP_RECEIVE:-true}
    fi
    # A restored server gets the path of the key, so it has to be a file.
    if [[ -z ${MARTLET_BACKUP_KEYS:-} ]]; then
        local -x MARTLET_BACKUP_KEYS_FILE=${MARTLET_BACKUP_KEYS_FILE:-$BACKUP_HOME/keys}
    fi
    with_schedule "$@"
}

# with_schedule COMMAND...: when backups are made, for who makes them and who misses them.
with_schedule() {
    local -x MARTLET_BACKUP_SCHEDULE_BACKUP=${MARTLET_BACKUP_SCHEDULE_BACKUP:-'7 * * * *'}
    local -x MARTLET_BACKUP_SCHEDULE_DRILL=${MARTLET_BACKUP_SCHEDULE_DRILL:-'23 */6 * * *'}
    local -x MARTLET_BACKUP_SCHEDULE_PRUNE=${MARTLET_BACKUP_SCHEDULE_PRUNE:-'37 */6 * * *'}
    "$@"
}

backup_spawn() {
    local -x LOG_FORMAT=$SERVICE_LOG_FORMAT APP_PORT=$1
    with_backup_environment spawn backup "${AS_BACKUP[@]}" "$BACKUP_PROGRAM" serve
}

# control_value FOLDER NAME: what pg_control says, whether the server runs or not.
control_value() {
    as_server "$(pg_bin)/pg_controldata" -D "$1" 2>/dev/null | sed -n "s/^$2: *//p"
}

# The end of the log gets into the store before its receiver goes; one that is stuck holds nothing up for long.
backup_catches_up() {
    local end
    ! is_gone backup && ! is_gone postgres || return 0
    end=$(pg_sql -d postgres <<<'SELECT pg_current_wal_insert_lsn()' 2>/dev/null) || return 0
    wait_until 5 backup_has "$end" || warn "the store lacks the last of the log; it follows at the next start"
}

# backup_has LSN
backup_has() {
    [[ $(pg_sql -d postgres 2>/dev/null <<<"SELECT count(*) FROM pg_stat_replication
        WHERE application_name = '${MARTLET_BACKUP_SLOT:-martlet_backup}' AND flush_lsn >= '$1'") == [1-9]* ]]
}

# find_programs: the programs that ./dev up built last; sets BIN_DIR.
find_programs() {
    BIN_DIR=''
    { read -r BIN_DIR <"$STATE/programs"; } 2>/dev/null || true
    [[ -n $BIN_DIR && -x $BIN_DIR/martlet-backup ]] ||
        die "Martlet has not been started here yet, so there are no backups" "./dev up starts it"
}

# run_backup NEEDS-SERVER VERB [ARGUMENTS]: the program with the surroundings of ./dev up; ends with its exit code.
run_backup() {
    local needs_server=$1 status=0
    shift
    prepare_state
    load_state
    find_programs
    ((!needs_server)) || lock_is_held || die "Martlet does not run here: ./dev up starts it"
    need_url postgres DATABASE_URL "a PostgreSQL"
    need_url stores MARTLET_BACKUP_STORES "stores"
    ! is_external backup '' || die "Martlet makes no backups here: it uses a PostgreSQL of its user's own" \
        "start ./dev up with MARTLET_BACKUP_STORES to have them made"
    find_server_user
    PG_BIN=$(pg_bin) || PG_BIN=''
    prepare_backup || die "martlet-backup cannot be run"
    ((!needs_server)) || after_first_runs
    with_backup_environment run_child "${AS_BACKUP[@]}" setpriv --pdeathsig INT "$BACKUP_PROGRAM" "$@" || status=$?
    return "$status"
}

# One run goes at a time, and `serve` makes the first backup and its drill at once: whoever is as quick waits for those.
after_first_runs() {
    ! first_runs_are_over || return 0
    printf 'The first backup is being made and drilled: waiting for that\n' >&2
    wait_until "$FIRST_RUNS_SECONDS" first_runs_are_over || true
}

# Where keys guard the answer, or a run has failed, nobody waits.
first_runs_are_over() {
    local runs
    ! is_gone backup || return 0
    runs=$(http_get "${BACKUP_PORT:-0}" /v1/runs)
    case $runs in
        *'"result":"failed"'* | 'HTTP/1.1 401 '*) ;;
        *'"runs":'*) [[ $runs != *'"first":"pending"'* ]] ;;
        *) return 1 ;;
    esac
}

cmd_backup() { run_backup 1 backup "$@"; }

cmd_backups() { run_backup 0 list "$@"; }

cmd_drill() { run_backup 1 drill "$@"; }
