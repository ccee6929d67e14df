#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: brings the roles of a Compose installation's PostgreSQL, and their passwords, to what its secrets say: one that owns the
# ledger, and one that copies it. It does so at each start, after a restore and after a change of passwords, and may be cut off anywhere.
set -euo pipefail

secrets=${SECRETS:-/run/postgres-secrets}
# Nobody sees another's environment; everybody sees its arguments.
superuser=$(cat "$secrets/superuser-password")
owner=$(cat "$secrets/martlet-password")
recoverer=$(cat "$secrets/backup-password")
export superuser owner recoverer
psql -X -q -v ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
SET client_min_messages = warning;
-- What a run that was cut off began goes on without it, and ends.
SELECT pg_advisory_lock(hashtext('martlet roles')) \g /dev/null
\getenv superuser superuser
\getenv owner owner
\getenv recoverer recoverer
SELECT format('CREATE ROLE %I', name) FROM (VALUES ('martlet'), ('martlet_backup')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE postgres PASSWORD :'superuser';
ALTER ROLE martlet LOGIN PASSWORD :'owner';
GRANT pg_read_all_stats TO martlet;
SELECT 'CREATE DATABASE martlet OWNER martlet' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'martlet') \gexec
REVOKE ALL ON DATABASE martlet FROM PUBLIC;
-- Physical backups and the log; what lies in the ledger for dashboards is written as its owner.
ALTER ROLE martlet_backup LOGIN REPLICATION PASSWORD :'recoverer';
GRANT martlet, pg_monitor, pg_read_all_settings TO martlet_backup;
SQL
