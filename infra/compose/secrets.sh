#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Martlet: makes the passwords and keys of a Compose installation, once; each container sees the volume of its own alone.
#
# The last file of all is written last: a run that was cut off begins again with new secrets, before anybody has seen the old ones.
set -eu
umask 077

made=${1:-/made}
postgres=999 redis=999 martlet=65532 nobody=65534 grafana=472

# give USER NAME...: a new volume's folder is root's.
give() {
    user=$1
    shift
    for name in "$@"; do
        [ ! -d "/given/$name" ] || chown "$user:$user" "/given/$name"
    done
}
give "$martlet" store
give "$nobody" prometheus alertmanager
give "$grafana" grafana
[ ! -e "$made/martlet/complete" ] || exit 0

random() { head -c 64 /dev/urandom | sha256sum | cut -c 1-48; }
# put FILE UID TEXT: readable by that user alone.
put() {
    printf '%s\n' "$3" >"$made/$1.new"
    chown "$2:$2" "$made/$1.new"
    chmod 400 "$made/$1.new"
    mv "$made/$1.new" "$made/$1"
}

owner=$(random) recoverer=$(random) bus=$(random) api=$(random) beat=$(random) alerts=$(random) store=$(random)

put postgres/superuser-password "$postgres" "$(random)"
put postgres/martlet-password "$postgres" "$owner"
put postgres/backup-password "$postgres" "$recoverer"

put redis/redis.conf "$redis" "bind 0.0.0.0
requirepass $bus
maxmemory 384mb
maxmemory-policy noeviction
save \"\"
appendonly no
dir /data"

put martlet/database-url "$martlet" "postgres://martlet:$owner@postgres:5432/martlet"
put martlet/redis-url "$martlet" "redis://:$bus@redis:6379"
put martlet/api-keys "$martlet" "$api"

put health/backup-token "$martlet" "$beat"
put health/alerts-token "$martlet" "$alerts"

put backup/database-url "$martlet" "postgres://martlet_backup:$recoverer@postgres:5432/martlet"
put backup/api-keys "$martlet" "$api"
put backup/backup-keys "$martlet" "compose:$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
put backup/heartbeat-token "$martlet" "$beat"
put backup/store-id "$martlet" martlet
put backup/store-key "$martlet" "$store"

put store/s3.json "$martlet" "{\"identities\":[{\"name\":\"martlet\",\"credentials\":[{\"accessKey\":\"martlet\",\"secretKey\":\"$store\"}],\"actions\":[\"Admin\",\"Read\",\"List\",\"Tagging\",\"Write\"]}]}"
put prometheus/martlet-key "$nobody" "$api"
put alertmanager/martlet-token "$nobody" "$alerts"
put grafana/admin-password "$grafana" "$(random)"
chmod 755 "$made"/*
put martlet/complete "$martlet" yes
