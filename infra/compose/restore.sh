#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Martlet: restores into the volume `restored` of a Compose installation and replays the log there, so that PostgreSQL's own image
# needs nothing of ours to go on with it.
#
# restore.sh [OPTIONS OF martlet-backup restore]: --at TIME, --backup ID, ...; default the end of the log. What was restored is never
# overwritten; another volume is RESTORED=restored-2. One that failed is begun anew.
set -eu

volume=${VOLUME:-/restored}
data=$volume/pgdata new=$volume/restoring scratch=${TMPDIR:-/tmp}
if [ -e "$data" ]; then
    echo "this volume has a server in it: take another one by RESTORED=restored-2 (docs/compose.md)" >&2
    exit 1
fi
rm -rf "$new" "$volume/recovery.log"
# It stands there before anything is in it: an empty server must not be made in this volume meanwhile.
mkdir -m 700 "$new"
martlet-backup restore --to "$new" "$@"

# Nobody but this script reaches it, and it writes no log anywhere. The log is fetched by martlet-backup, which is in this image.
printf 'local all all trust\n' >"$scratch/pg_hba.conf"
settings="-c hba_file=$scratch/pg_hba.conf -c listen_addresses= -c unix_socket_directories=$scratch -c archive_mode=off -c synchronous_standby_names="
log=$volume/recovery.log
if ! pg_ctl -D "$new" -w -t 14400 -l "$log" -o "$settings" start; then
    cat "$log" >&2
    exit 1
fi
while [ "$(psql -h "$scratch" -U postgres -d postgres -Atc 'SELECT pg_is_in_recovery()')" != f ]; do
    pg_ctl -D "$new" status >/dev/null || { cat "$log" >&2; exit 1; }
    sleep 1
done
psql -h "$scratch" -U postgres -d martlet -Atc "SELECT (SELECT count(*) FROM job) || ' jobs, ' || (SELECT count(*) FROM job_live) || ' of them unfinished'"
pg_ctl -D "$new" -w -t 600 -m fast stop
mv "$new" "$data"
sync "$volume"
echo "restored; docs/compose.md says how to go on with it"
