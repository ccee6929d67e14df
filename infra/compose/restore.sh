#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Martlet: restores into the volume `restored` of a Compose installation and replays the log there, so that PostgreSQL's own image
# needs nothing of ours to go on with it.
#
# restore.sh [OPTIONS OF martlet-backup restore]: --at TIME, --backup ID, ...; default the end of the log. What is there is never
# overwritten; another volume is RESTORED=restored-2.
set -eu

data=/restored/pgdata
martlet-backup restore --to "$data" "$@"

# Nobody but this script reaches it, and it writes no log anywhere. The log is fetched by martlet-backup, which is in this image.
printf 'local all all trust\n' >/tmp/pg_hba.conf
settings="-c hba_file=/tmp/pg_hba.conf -c listen_addresses= -c unix_socket_directories=/tmp -c archive_mode=off -c synchronous_standby_names="
log=/restored/recovery.log
if ! pg_ctl -D "$data" -w -t 14400 -l "$log" -o "$settings" start; then
    cat "$log" >&2
    exit 1
fi
while [ "$(psql -h /tmp -U postgres -d postgres -Atc 'SELECT pg_is_in_recovery()')" != f ]; do
    pg_ctl -D "$data" status >/dev/null || { cat "$log" >&2; exit 1; }
    sleep 1
done
psql -h /tmp -U postgres -d martlet -Atc "SELECT (SELECT count(*) FROM job) || ' jobs, ' || (SELECT count(*) FROM job_live) || ' of them unfinished'"
psql -h /tmp -U postgres -d postgres -q -v ON_ERROR_STOP=1 -f /run/restore/roles.sql
pg_ctl -D "$data" -w -t 600 -m fast stop
echo "restored; docs/compose.md says how to go on with it"
