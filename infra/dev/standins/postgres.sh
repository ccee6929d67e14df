#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: begins as PostgreSQL's published image does where there is a cluster: as root it gives PGDATA away, and goes on as its user.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
    chown -R postgres "$PGDATA" /run/postgresql
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
exec "$@"
