#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: begins before the start of PostgreSQL's image: makes the cluster where there is none. The image itself would take one whose
# making was cut off for a whole one from then on.
set -euo pipefail

volume=$(dirname "$PGDATA")
if [ -e "$volume/restoring" ]; then
    echo "a restore into this volume did not end: run it again, or take another volume (docs/compose.md)" >&2
    exit 1
fi
if [ ! -e "$PGDATA" ]; then
    # It has its name once all of it is on the disk.
    new=$PGDATA.new
    rm -rf "$new"
    install -d -o postgres -g postgres -m 700 "$new"
    setpriv --reuid=postgres --regid=postgres --clear-groups initdb --username=postgres --data-checksums --locale=C.UTF-8 --encoding=UTF8 \
        --auth-local=peer --auth-host=scram-sha-256 --pwfile="${SECRETS:-/run/postgres-secrets}/superuser-password" -D "$new"
    cat >>"$new/pg_hba.conf" <<'HBA'
host all all all scram-sha-256
host replication martlet_backup samenet scram-sha-256
HBA
    sync "$new/pg_hba.conf"
    mv -T "$new" "$PGDATA"
    sync "$volume"
fi
exec docker-entrypoint.sh "$@"
