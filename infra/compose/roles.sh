#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: the roles of a Compose installation's PostgreSQL, made once by its image: one that owns the ledger, and one that copies it.
set -euo pipefail

secrets=/run/postgres-secrets
psql -v ON_ERROR_STOP=1 -v owner="$(cat $secrets/martlet-password)" -v recoverer="$(cat $secrets/backup-password)" --username postgres <<'SQL'
CREATE ROLE martlet LOGIN PASSWORD :'owner';
GRANT pg_read_all_stats TO martlet;
CREATE DATABASE martlet OWNER martlet;
REVOKE ALL ON DATABASE martlet FROM PUBLIC;
-- Physical backups and the log; what lies in the ledger for dashboards is written as its owner.
CREATE ROLE martlet_backup LOGIN REPLICATION PASSWORD :'recoverer';
GRANT martlet, pg_monitor, pg_read_all_settings TO martlet_backup;
SQL
echo "host replication martlet_backup samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
