# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: private PostgreSQL and Redis servers, durable ones for up and bench, throw-away ones for tests.

# PostgreSQL refuses to run as root; then both servers run as an unprivileged user without our environment.
find_server_user() {
    SERVER_USER=$(id -un)
    AS_SERVER=()
    if ((EUID == 0)); then
        SERVER_USER=nobody
        ! getent passwd postgres >/dev/null || SERVER_USER=postgres
        AS_SERVER=(setpriv "--reuid=$SERVER_USER" "--regid=$(id -g "$SERVER_USER")" --init-groups
            env -i "PATH=/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C.UTF-8)
    fi
}

as_server() (
    cd / && exec "${AS_SERVER[@]}" "$@"
)

# give_to_server PATH...: makes it the servers' user's own.
give_to_server() {
    ((EUID != 0)) || chown "$SERVER_USER" "$@" || return 1
    chmod go-rwx "$@"
}

# write_for_server FILE: standard input becomes a file that only the servers' user reads.
write_for_server() {
    (umask 077 && cat >"$1.new")
    give_to_server "$1.new"
    mv "$1.new" "$1"
}

# --- PostgreSQL ---

# pg_prepare AUTH: makes the cluster in $DATA/postgres unless it is there; AUTH is scram-sha-256 or trust.
pg_prepare() {
    finish_restore
    PG_DATA=$DATA/postgres
    local version=''
    [[ ! -f $PG_DATA/PG_VERSION ]] || version=$(<"$PG_DATA/PG_VERSION")
    PG_BIN=$(pg_bin "$version") || die "the data in $PG_DATA was made by PostgreSQL $version, which is not installed" \
        "install postgresql-$version, or throw the data away with: ./dev up --fresh"
    [[ -n $version ]] || pg_init "$1"
    pg_admit "$1"
    pg_drop_stale_lock
}

# pg_admit AUTH: who may connect. Only roles with REPLICATION may replicate.
pg_admit() {
    printf 'host all,replication all 127.0.0.1/32 %s\n' "$1" | write_for_server "$PG_DATA/pg_hba.conf"
}

pg_init() {
    local options=(--username=postgres --encoding=UTF8 --locale=C.UTF-8 --lc-collate=C --data-checksums "--auth=$1")
    note "Creating a private PostgreSQL $("$PG_BIN/postgres" --version | grep -oE '[0-9.]+' | head -n 1) cluster"
    # Made aside and renamed: an interrupted initdb never looks like a cluster.
    rm -rf "$PG_DATA.new"
    if [[ $1 == trust ]]; then
        options+=(--no-sync)
    else
        printf '%s\n' "$PG_ADMIN_PASSWORD" | write_for_server "$DATA/admin-password"
        options+=("--pwfile=$DATA/admin-password")
    fi
    as_server "$PG_BIN/initdb" "${options[@]}" -D "$PG_DATA.new" >"$LOG/initdb.log" 2>&1 || {
        rm -f "$DATA/admin-password"
        tail_log initdb 20
        die "initdb failed"
    }
    rm -f "$DATA/admin-password"
    echo "include_if_exists = 'martlet.conf'" >>"$PG_DATA.new/postgresql.conf"
    mv "$PG_DATA.new" "$PG_DATA"
}

# A lock file whose pid now belongs to another program would keep PostgreSQL from starting (it happens in containers,
# where pids repeat). We hold our own lock, so a file that names no postmaster of this directory is a leftover.
pg_drop_stale_lock() {
    local pid
    [[ -f $PG_DATA/postmaster.pid ]] || return 0
    pid=$(head -n 1 "$PG_DATA/postmaster.pid")
    [[ $(readlink -f "/proc/$pid/cwd" 2>/dev/null) == "$(readlink -f "$PG_DATA")" ]] || rm -f "$PG_DATA/postmaster.pid"
}

# pg_configure PROFILE: durable (up, bench) or scratch (test).
pg_configure() {
    local fsync=on connections=100 buffers=128 memory
    if [[ $1 == durable ]]; then
        # An eighth of the memory, 128 MB to 1 GB: what a backlog of a million jobs needs to be written once and not over and over.
        memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
        buffers=$((memory / 8 < 128 ? 128 : memory / 8 > 1024 ? 1024 : memory / 8))
    else
        fsync=off connections=300
    fi
    write_for_server "$PG_DATA/martlet.conf" <<CONF
# Written by ./dev at each start: changes here are lost.
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = ''
max_connections = $connections
shared_buffers = ${buffers}MB
max_wal_size = 4GB
# A receiver that is away for long costs no more disk than the log may take anyway.
max_slot_wal_keep_size = 4GB
fsync = $fsync
full_page_writes = $fsync
synchronous_commit = on
log_line_prefix = '%m [%p] %q%a '
log_min_duration_statement = 1s
CONF
}

pg_spawn() { SPAWN_SIGNAL=INT spawn_server postgres "$PG_BIN/postgres" -D "$PG_DATA"; }

# The child's own setpriv, since the kernel forgets the death signal when a process changes its user.
spawn_server() {
    local name=$1 dying=()
    shift
    ((SERVERS_DIE_WITH_US)) && dying=(setpriv --pdeathsig "$SPAWN_SIGNAL")
    spawn "$name" "${AS_SERVER[@]}" "${dying[@]}" "$@"
}

pg_is_ready() { PGCONNECT_TIMEOUT=2 "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$PG_PORT"; }

pg_sql() {
    PGPASSWORD=${PG_ADMIN_PASSWORD:-} PGCONNECT_TIMEOUT=10 "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$PG_PORT" -U postgres "$@"
}

# The services' own role owns its database and is no superuser. Passwords go by standard input, never by arguments.
pg_ensure_database() {
    local role database
    role=$(pg_sql -d postgres <<<"SELECT count(*) FROM pg_roles WHERE rolname = 'martlet'")
    ((role)) || pg_sql -d postgres <<<"CREATE ROLE martlet LOGIN PASSWORD '$PG_PASSWORD'"
    database=$(pg_sql -d postgres <<<"SELECT count(*) FROM pg_database WHERE datname = 'martlet'")
    ((database)) || pg_sql -d postgres <<<"CREATE DATABASE martlet OWNER martlet"
    # Backups have a role of their own: the services' need not be allowed to replicate. It writes the copy of the catalogue.
    role=$(pg_sql -d postgres <<<"SELECT count(*) FROM pg_roles WHERE rolname = 'martlet_backup'")
    ((role)) || pg_sql -d postgres <<<'CREATE ROLE martlet_backup LOGIN REPLICATION IN ROLE martlet, pg_monitor'
    pg_sql -d postgres <<<"ALTER ROLE martlet PASSWORD '$PG_PASSWORD'; ALTER ROLE martlet_backup PASSWORD '$PG_BACKUP_PASSWORD'"
}

# The passwords were lost (somebody removed .martlet/secrets): set the new ones with the server down, in single-user
# mode, which asks for none. It takes one statement a line.
pg_reset_passwords() {
    note "The passwords are new: setting them in the cluster"
    local has="SELECT FROM pg_roles WHERE rolname = 'martlet'"
    {
        printf "ALTER ROLE postgres PASSWORD '%s'\n" "$PG_ADMIN_PASSWORD"
        printf "DO \$\$ BEGIN IF EXISTS (%s) THEN ALTER ROLE martlet PASSWORD '%s'; END IF; END \$\$\n" \
            "$has" "$PG_PASSWORD"
    } | as_server "$PG_BIN/postgres" --single -D "$PG_DATA" postgres >>"$LOG/postgres.log" 2>&1
}

# --- Redis ---

# redis_configure PROFILE: durable or scratch. The password stands in a file, not on the command line.
redis_configure() {
    REDIS_DATA=$DATA/redis
    mkdir -p "$REDIS_DATA"
    give_to_server "$REDIS_DATA"
    {
        printf 'bind 127.0.0.1\nport %s\nprotected-mode yes\ndaemonize no\nlogfile ""\nsave ""\n' "$REDIS_PORT"
        printf 'dir "%s"\nmaxmemory 512mb\nmaxmemory-policy noeviction\n' "$REDIS_DATA"
        if [[ $1 == durable ]]; then
            printf 'requirepass %s\nappendonly yes\nappendfsync everysec\n' "$REDIS_PASSWORD"
        else
            printf 'appendonly no\n'
            # Fault tests use DEBUG SLEEP, which Redis 7 and newer refuse unless told otherwise.
            if version_at_least "$(first_line redis-server --version)" 7.0; then
                printf 'enable-debug-command local\n'
            fi
        fi
    } | write_for_server "$REDIS_DATA/redis.conf"
}

redis_spawn() { SPAWN_SIGNAL=TERM spawn_server redis "$(command -v redis-server)" "$REDIS_DATA/redis.conf"; }

# redis_ping PORT [PASSWORD]: by bash's own socket, so that no password stands on a command line.
redis_ping() {
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    MARTLET_PING_PASSWORD=${2:-} timeout 2 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        [[ -z $MARTLET_PING_PASSWORD ]] || { printf "AUTH %s\r\n" "$MARTLET_PING_PASSWORD" >&3; read -r _ <&3; }
        printf "PING\r\n" >&3
        read -r answer <&3
        [[ $answer == +PONG* ]]' _ "$1" 2>/dev/null 9>&-
}

redis_is_ready() { redis_ping "$REDIS_PORT" "${REDIS_PASSWORD:-}"; }

# --- both ---

# server_up NAME READY: waits for a server that was just spawned; shows why when it does not come.
server_up() {
    local deadline=$((SECONDS + 60))
    until "$2"; do
        if is_gone "$1" || ((SECONDS >= deadline)); then
            "$2" && return 0
            tail_log "$1" 20
            die "$1 did not start" "the whole log: $LOG/$1.log"
        fi
        pause 0.1
    done
}

# Services first, then Redis, then PostgreSQL (SIGINT is its fast shutdown, SIGQUIT the immediate one).
stop_servers() {
    stop_process redis TERM 10
    stop_process postgres INT 30 QUIT 10
}
