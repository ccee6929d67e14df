#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: begins as PostgreSQL's published image does: as root it gives PGDATA away, an empty one becomes a cluster, and the scripts
# of /docker-entrypoint-initdb.d run once.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA" /run/postgresql
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
socket="-c unix_socket_directories=/var/run/postgresql"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    read -ra words <<<"${POSTGRES_INITDB_ARGS:-}"
    initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" "${words[@]}" -D "$PGDATA"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses= $socket" -w start
    for script in /docker-entrypoint-initdb.d/*.sh; do
        # As the original does with scripts that are not executable.
        # shellcheck disable=SC1090
        if [ -x "$script" ]; then "$script"; else . "$script"; fi
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
# shellcheck disable=SC2086 # two words
exec "$@" -D "$PGDATA" -c listen_addresses='*' $socket
