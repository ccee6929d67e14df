# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: the directory .martlet/, its lock, and the ports and passwords that survive a restart.

SAVED_PORTS=(PG_PORT REDIS_PORT API_PORT WORKER_PORT HEALTH_PORT BACKUP_PORT)
SAVED_SECRETS=(PG_ADMIN_PASSWORD PG_PASSWORD PG_BACKUP_PASSWORD REDIS_PASSWORD BACKUP_TOKEN)

prepare_state() {
    [[ ! -e $STATE || -O $STATE ]] || die "$STATE belongs to user $(stat -c %U "$STATE")" \
        "run ./dev as that user, or remove the directory"
    (umask 077 && mkdir -p "$STATE/run" "$STATE/log")
    # Servers that run as another user must get through to their data; everything else in here stays private.
    chmod "$( ((EUID == 0)) && echo 711 || echo 700)" "$STATE"
}

# load_values FILE NAME...: reads NAME=value lines without running them as code.
load_values() {
    local file=$1 name value
    shift
    [[ -r $file ]] || return 0
    while IFS='=' read -r name value; do
        [[ " $* " == *" $name "* && $value =~ ^[A-Za-z0-9]+$ ]] && printf -v "$name" '%s' "$value"
    done <"$file"
    return 0
}

# save_values FILE NAME...: whole or not at all, readable by us alone.
save_values() {
    local file=$1 name
    shift
    (
        umask 077
        for name in "$@"; do
            [[ -z ${!name:-} ]] || printf '%s=%s\n' "$name" "${!name}"
        done >"$file.new"
        mv "$file.new" "$file"
    )
}

load_state() {
    load_values "$STATE/state.env" "${SAVED_PORTS[@]}"
    load_values "$RUN/ports" "${SAVED_PORTS[@]}"
    load_values "$STATE/secrets" "${SAVED_SECRETS[@]}"
}

# run/ports holds those of this run; state.env those to use again, without what the user asked for this time only.
save_state() {
    save_values "$RUN/ports" "${SAVED_PORTS[@]}"
    local API_PORT=$API_PORT WORKER_PORT=$WORKER_PORT HEALTH_PORT=${HEALTH_PORT:-} BACKUP_PORT=${BACKUP_PORT:-}
    [[ -z ${APP_PORT:-} ]] || { API_PORT='' && load_values "$STATE/state.env" API_PORT; }
    [[ -z ${MARTLET_WORKER_PORT:-} ]] || { WORKER_PORT='' && load_values "$STATE/state.env" WORKER_PORT; }
    [[ -z ${MARTLET_HEALTH_PORT:-} ]] || { HEALTH_PORT='' && load_values "$STATE/state.env" HEALTH_PORT; }
    [[ -z ${MARTLET_BACKUP_PORT:-} ]] || { BACKUP_PORT='' && load_values "$STATE/state.env" BACKUP_PORT; }
    save_values "$STATE/state.env" "${SAVED_PORTS[@]}"
}

ensure_secrets() {
    local name made=0
    for name in "${SAVED_SECRETS[@]}"; do
        [[ -z ${!name:-} ]] || continue
        printf -v "$name" '%s' "$(random_hex 24)"
        made=1
    done
    ((made == 0)) || save_values "$STATE/secrets" "${SAVED_SECRETS[@]}"
}

# The kernel frees this lock with its holder, however that ends; so a held lock means a live supervisor.
take_lock() {
    (umask 077 && : >>"$STATE/lock")
    exec 9>>"$STATE/lock"
    flock -w "${1:-1}" 9 && return 0
    exec 9>&-
    return 1
}

drop_lock() { exec 9>&-; }

lock_is_held() { [[ -e $STATE/lock ]] && ! flock -n -s "$STATE/lock" true; }

lock_is_free() { ! lock_is_held; }

# place_data NAME: sets DATA to where servers keep theirs: $STATE/NAME, or outside when the servers' user cannot get
# in there (a checkout under /root) or the file system knows no owners. /var/lib, as /var/tmp is cleaned by age.
place_data() {
    local link=$STATE/$1
    DATA=$link
    if [[ -L $link ]]; then
        DATA=$(readlink "$link")
        mkdir -p "$DATA"
    elif ! server_user_fits "$link"; then
        DATA=/var/lib/martlet-dev-$(path_hash "$STATE")/$1
        rm -rf "$DATA"
        mkdir -p "$(dirname "$DATA")"
        mv "$link" "$DATA"
        ln -s "$DATA" "$link"
        note "The servers' user '$SERVER_USER' cannot reach $STATE; their data goes to $DATA"
    fi
    give_to_server "$DATA"
}

# server_user_fits DIR: makes DIR and says whether the servers' user can own and reach it.
server_user_fits() {
    mkdir -p "$1" && give_to_server "$1" 2>/dev/null && as_server test -w "$1"
}

# wipe_data NAME: removes what place_data made.
wipe_data() {
    local link=$STATE/$1 target
    if [[ -L $link ]]; then
        target=$(readlink "$link")
        [[ $target == /var/lib/martlet-dev-* ]] && rm -rf "$target"
    fi
    rm -rf "$link"
}

rotate_logs() {
    local log limit=$((20 * 1024 * 1024))
    for log in "$LOG"/*.log; do
        [[ -n $(find "$log" -size "+${limit}c" 2>/dev/null) ]] || continue
        # Its writer appends and keeps the file open: copy and empty it. At most the lines of that instant are lost.
        # On a full disk the copy fails, and emptying is what helps.
        cp "$log" "$log.1" 2>/dev/null || rm -f "$log.1"
        : >"$log" || warn "$log can't be emptied; is the disk full?"
    done
}
