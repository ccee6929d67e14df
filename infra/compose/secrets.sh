#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Martlet: the passwords and keys of a Compose installation; each container sees the volume of its own alone.
#
# secrets.sh [FOLDER]             makes those that are missing, of FOLDER/values and of chance; what is there stays
# secrets.sh set NAME [FOLDER]    takes one from standard input instead: a new one, or a key or credentials of another installation
# secrets.sh show NAME [FOLDER]
set -eu
umask 077

verb='make'
case ${1:-} in
    set | show)
        verb=$1 name=${2:?which secret?}
        shift 2
        ;;
esac
made=${1:-/made}
values=$made/values
postgres=999 redis=999 martlet=65532 nobody=65534 grafana=472

fail() {
    echo "secrets: $*" >&2
    exit 1
}

# keep FILE UID: standard input becomes a file of that user alone, whole or not at all.
keep() {
    cat >"$1.new"
    chown "$2:$2" "$1.new"
    chmod 400 "$1.new"
    sync "$1.new"
    mv "$1.new" "$1"
}

# value NAME COMMAND...: the secret of this name; made by the command where there is none.
value() {
    name=$1
    shift
    [ -s "$values/$name" ] || "$@" | keep "$values/$name" 0
    [ -s "$values/$name" ] || fail "the secret $name could not be made"
    cat "$values/$name"
}
random() { head -c 64 /dev/urandom | sha256sum | cut -c 1-48; }
backup_key() { printf 'compose:%s\n' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')"; }

# put FILE UID TEXT: written where it is missing or says something else.
put() {
    [ -f "$made/$1" ] && [ "$(cat "$made/$1")" = "$3" ] || printf '%s\n' "$3" | keep "$made/$1" "$2"
}

# give UID NAME...: the folder of a new volume is root's.
give() {
    user=$1
    shift
    for folder in "$@"; do
        [ -d "/given/${folder%/*}" ] || continue
        mkdir -p "/given/$folder"
        chown "$user:$user" "/given/$folder"
    done
}

names='api-key backup-key backup-password beat-token bus-password grafana-password martlet-password store-id store-key superuser-password alerts-token'
case $verb in
    set | show)
        case " $names " in *" $name "*) ;; *) fail "there is no secret $name; allowed: $names" ;; esac
        ;;
esac
case $verb in
    show)
        [ -s "$values/$name" ] || fail "there is no $name yet"
        exec cat "$values/$name"
        ;;
    set)
        text=$(cat)
        [ -n "$text" ] || fail "nothing came on standard input"
        # It becomes part of URLs and of other programs' files.
        case $name:$text in
            backup-key:*)
                printf '%s\n' "$text" | grep -qvE '^[A-Za-z0-9._-]+:[A-Za-z0-9+/]{43}=$' && fail "backup-key has lines of NAME:KEY, 32 bytes in base64 each"
                # Whoever gave the wrong one has the right one still.
                if [ -s "$values/backup-key" ] && [ "$(cat "$values/backup-key")" != "$text" ]; then
                    old=backup-key.$(date -u +%Y%m%dT%H%M%SZ)
                    keep "$values/$old" 0 <"$values/backup-key"
                    echo "secrets: the key that was there is kept as $old in the volume of values" >&2
                fi
                ;;
            *-password:-*) fail "$name may not begin with -" ;;
            *-password:*[!A-Za-z0-9._~-]*) fail "$name may have letters, digits and . _ ~ - in it, and nothing else" ;;
            *[[:space:][:cntrl:]\"\'\\]*) fail "$name is one word without quotes and backslashes" ;;
        esac
        case $name in
            api-key | *-token) [ ${#text} -ge 16 ] || fail "$name has at least 16 characters" ;;
        esac
        printf '%s\n' "$text" | keep "$values/$name" 0
        ;;
esac

# Containers read the checkout as other users than its owner.
closed=$(find "${CHECKOUT:-/checkout}" \( ! -perm -o=r -o -type d ! -perm -o=x \) -print -quit 2>/dev/null || true)
[ -z "$closed" ] || fail "only its owner may read $closed: chmod -R o+rX infra"

# Whoever has lost the values alone must not have a new key beside old backups: nobody would open those again.
[ -s "$values/backup-key" ] || [ ! -e "$made/backup/backup-keys" ] ||
    fail "the volume of values is lost, and that of backups is there: put its key back by: secrets set backup-key"

# One in a line: of several the shell would see the last one fail alone.
owner=$(value martlet-password random)
recoverer=$(value backup-password random)
superuser=$(value superuser-password random)
bus=$(value bus-password random)
api=$(value api-key random)
beat=$(value beat-token random)
alerts=$(value alerts-token random)
key=$(value backup-key backup_key)
id=$(value store-id echo martlet)
store=$(value store-key random)
admin=$(value grafana-password random)

put postgres/superuser-password "$postgres" "$superuser"
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
put backup/backup-keys "$martlet" "$key"
put backup/heartbeat-token "$martlet" "$beat"
put backup/store-id "$martlet" "$id"
put backup/store-key "$martlet" "$store"

put store/s3.json "$martlet" "{\"identities\":[{\"name\":\"martlet\",\"credentials\":[{\"accessKey\":\"$id\",\"secretKey\":\"$store\"}],\"actions\":[\"Admin\",\"Read\",\"List\",\"Tagging\",\"Write\"]}]}"
put alertmanager/martlet-token "$nobody" "$alerts"
put grafana/admin-password "$grafana" "$admin"
chmod 755 "$made"/*
chmod 700 "$values"
# The store's image has folders of another user in its own.
give "$martlet" store store/martlet
give "$nobody" prometheus alertmanager
give "$grafana" grafana
give "$martlet" restored restored-2
sync "$made"/*

case $verb:${name:-} in
    set:grafana-password) echo "secrets: Grafana keeps the password of its first start; docs/compose.md says how to change it there" >&2 ;;
    set:*) echo "secrets: what runs goes on with the old $name until docker compose up --detach --wait --force-recreate" >&2 ;;
esac
