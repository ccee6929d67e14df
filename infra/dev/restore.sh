# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev restore: the private PostgreSQL as it was at some moment. Until the restored cluster is whole, the old one is
# not touched; then it is kept under another name.

readonly RECOVERY_SECONDS=${MARTLET_RECOVERY_SECONDS:-14400}

cmd_restore() {
    local targets=0 passed=()
    while (($# > 0)); do
        case $1 in
            --latest) targets=$((targets + 1)) ;;
            --immediate) targets=$((targets + 1)) passed+=("$1") ;;
            --before) passed+=("$1") ;;
            --at | --lsn | --name | --xid | --backup | --timeline)
                (($# > 1)) || usage_error "restore: $1 needs a value"
                [[ $1 == --backup || $1 == --timeline ]] || targets=$((targets + 1))
                passed+=("$1" "$2")
                shift
                ;;
            *) usage_error "restore does not know '$1'" ;;
        esac
        shift
    done
    ((targets == 1)) || usage_error "restore needs one moment: --at TIME, --lsn LSN, --name NAME, --xid XID, --immediate or --latest"
    prepare_state
    load_state
    ! is_external postgres "${DATABASE_URL:-}" || die "./dev restore is for Martlet's private PostgreSQL" \
        "for another one: martlet-backup restore --to FOLDER (docs/recovery.md)"
    find_programs
    # Inherited by all that works on the restored folder, so that even the orphans of a killed restore keep others out.
    exec 8>>"$STATE/restore.lock"
    flock -n 8 || die "another ./dev restore runs here"
    restore_cluster "${passed[@]}"
}

# restore_cluster OPTIONS...
restore_cluster() {
    local ran=0 status=0
    ensure_packages postgres
    find_server_user
    prepare_backup || die "martlet-backup cannot be run"
    SERVICE_LOG_FORMAT=${LOG_FORMAT:-$([[ -t 1 ]] && echo text || echo json)}
    if lock_is_held; then
        ran=1
        stop_supervisor
    fi
    take_lock 10 || die "another ./dev command holds $STATE"
    record_pid "$RUN/supervisor.pid" $$
    stop_orphans
    rm -f "$RUN/address"
    load_state
    place_data data
    finish_restore
    ON_EXIT+=(abandon_restore)
    (restore_aside "$@") || status=$?
    if ((status == 0)); then
        # From here on the next start finishes what this one may not live to.
        mv -T "$DATA/postgres.restoring" "$DATA/postgres.restored"
        finish_restore
    fi
    abandon_restore
    ON_EXIT=()
    ((!ran)) || start_again
    ((status == 0)) || die_with "$status" "nothing was restored: the data is as it was"
    say_restored "$ran"
}

# die_with STATUS MESSAGE
die_with() {
    printf 'error: %s\n' "$2" >&2
    exit "$1"
}

# restore_aside OPTIONS...: a whole, recovered and stopped cluster in postgres.restoring, and in restored.txt what it has.
restore_aside() {
    local system=()
    ON_EXIT=(stop_child stop_recovering)
    [[ -n ${PG_PORT:-} ]] && port_is_free "$PG_PORT" || PG_PORT=$(random_free_port)
    ensure_secrets
    rm -rf "$DATA/postgres.restoring"
    mapfile -t system < <(system_option)
    note "Restoring beside the old data"
    PG_BIN=$(pg_bin) || PG_BIN=''
    with_backup_environment run_child "${AS_BACKUP[@]}" setpriv --pdeathsig INT "$BACKUP_PROGRAM" restore \
        --to "$DATA/postgres.restoring" "${system[@]}" "$@" >"$LOG/restore.log" || return $?
    note "Replaying the log"
    recover
    count_jobs >"$RUN/restored.txt"
    stop_recovering
}

# A store may have backups of earlier clusters too.
system_option() {
    local id
    id=$(control_value "$DATA/postgres" 'Database system identifier') || return 0
    [[ -z $id ]] || printf -- '--martlet-backup-system=%s\n' "$id"
}

# recover: starts the restored cluster and waits until it has replayed its log and is open for writing.
recover() {
    local deadline=$((SECONDS + RECOVERY_SECONDS))
    PG_DATA=$DATA/postgres.restoring
    PG_BIN=$(pg_bin "$(<"$PG_DATA/PG_VERSION")") || die "PostgreSQL $(<"$PG_DATA/PG_VERSION") is not installed"
    SERVERS_DIE_WITH_US=1
    pg_admit scram-sha-256
    pg_configure durable
    pg_spawn
    until [[ $(control_value "$PG_DATA" 'Database cluster state') == 'in production' ]] && pg_is_ready; do
        if is_gone postgres; then
            tail_log postgres 15
            die "the restored server ended before it was recovered" "--latest takes all that the store has"
        fi
        ((SECONDS < deadline)) || die "the restored server has not replayed its log within $RECOVERY_SECONDS s"
        pause 0.3
    done
    # They may be older than the passwords of today.
    if ! pg_sql -d postgres <<<'SELECT 1' >/dev/null 2>&1; then
        stop_recovering
        pg_reset_passwords
        pg_spawn
        server_up postgres pg_is_ready
    fi
    pg_ensure_database
}

stop_recovering() { is_gone postgres || stop_process postgres INT 60 QUIT 10; }

count_jobs() {
    if [[ -z $(pg_sql -d martlet <<<"SELECT to_regclass('job_live')") ]]; then
        echo "no jobs: Martlet's tables were not there yet"
        return 0
    fi
    pg_sql -d martlet <<<"SELECT (SELECT count(*) FROM job) || ' jobs, ' || (SELECT count(*) FROM job_live) || ' of them unfinished'"
}

# finish_restore: puts a restored cluster into the place of the old one, which stays under a dated name. ./dev up calls it too,
# for a restore that was killed between these two steps.
finish_restore() {
    local kept
    [[ -d $DATA/postgres.restored ]] || return 0
    if [[ -e $DATA/postgres ]]; then
        kept=$DATA/postgres.before-$(date -u +%Y%m%dT%H%M%SZ)
        mv -T "$DATA/postgres" "$kept"
        printf '%s\n' "$kept" >"$RUN/kept.txt"
        note "The old data is in $kept"
    fi
    mv -T "$DATA/postgres.restored" "$DATA/postgres"
    sync -f "$DATA"
}

abandon_restore() { rm -rf "$DATA/postgres.restoring"; }

# The services as they were, in the background: their terminal is gone.
start_again() {
    exec 8>&-
    note "Starting Martlet again"
    (hand_over) >"$LOG/start.log" || {
        cat "$LOG/start.log" >&2
        die "Martlet did not start again"
    }
}

# say_restored RAN
say_restored() {
    echo "Restored: $(<"$RUN/restored.txt")."
    [[ ! -s $RUN/kept.txt ]] || echo "The data from before is in $(<"$RUN/kept.txt"): remove it when you need it no more."
    rm -f "$RUN/restored.txt" "$RUN/kept.txt"
    (($1)) && echo "Martlet runs again: ./dev backup makes a backup of what is there now." ||
        echo "Martlet did not run and was not started: ./dev up starts it."
}
