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
fail() { echo "$*" >&2; exit 1; }
[ ! -e "$data" ] || fail "this volume has a server in it: take another one by RESTORED=restored-2 (docs/compose.md)"
exec 9>"$volume/restore.lock"
flock -n 9 || fail "another restore into this volume is under way"
rm -rf "$new" "$volume/recovery.log"
# It stands there before anything is in it: an empty server must not be made in this volume meanwhile.
mkdir -m 700 "$new"
# Neither it nor the server holds the lock when this script is gone.
martlet-backup restore --to "$new" "$@" 9>&-

# Nobody but this script reaches it, and it writes no log anywhere. The log is fetched by martlet-backup, which is in this image. A hot
# standby would want limits as high as the lost server had on its command line; without one nobody gets in before all is replayed.
printf 'local all all trust\n' >"$scratch/pg_hba.conf"
settings="-c hba_file=$scratch/pg_hba.conf -c listen_addresses= -c unix_socket_directories=$scratch -c archive_mode=off -c synchronous_standby_names= -c hot_standby=off"
log=$volume/recovery.log
if ! pg_ctl -D "$new" -w -t 14400 -l "$log" -o "$settings" start 9>&-; then
    cat "$log" >&2
    exit 1
fi
ask() { psql -X -h "$scratch" -U postgres -d "$1" -Atc "$2"; }
tries=0
until [ "$(ask postgres 'SELECT pg_is_in_recovery()' 2>/dev/null || true)" = f ]; do
    pg_ctl -D "$new" status >/dev/null || { cat "$log" >&2; exit 1; }
    tries=$((tries + 1))
    [ "$tries" -lt 14400 ] || fail "the log is not replayed within four hours: $log"
    sleep 1
done
if [ -n "$(ask martlet "SELECT to_regclass('job_live')" 2>/dev/null || true)" ]; then
    ask martlet "SELECT (SELECT count(*) FROM job) || ' jobs, ' || (SELECT count(*) FROM job_live) || ' of them unfinished'"
else
    echo "no jobs: Martlet's tables were not there yet"
fi
pg_ctl -D "$new" -w -t 600 -m fast stop
[ ! -e "$data" ] || fail "a server was made in this volume meanwhile: take another one by RESTORED=restored-2 (docs/compose.md)"
mv -T "$new" "$data"
sync "$volume"
echo "restored; docs/compose.md says how to go on with it"
