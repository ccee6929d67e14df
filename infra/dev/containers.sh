# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev containers: the images and compose.yaml on a real Docker engine by the commands of docs/compose.md, with faults, a new password,
# a backup and a restore.

# cmd_containers [--keep]
cmd_containers() {
    local keep=0
    case ${1:-} in
        '') ;;
        --keep) keep=1 ;;
        *) usage_error "./dev containers [--keep]" ;;
    esac
    prepare_state
    ensure_packages build scripts
    prepare_deploy_tools
    prepare_venv test
    make_scratch
    chmod 755 "$SCRATCH"
    engine_for_builds
    base_images
    own_images
    image_contents
    collations_agree
    engine_for_running
    compose_up
    compose_faults
    compose_password
    compose_backup
    compose_moves
    if ((keep)); then
        note "containers are in order, and stay up until Ctrl-C"
        while :; do sleep 3600; done
    fi
    compose_removed
    note "containers are in order"
}

# --- the page

# page_commands HEADING [BLOCK]: the commands below a heading of docs/compose.md, of all blocks or of one.
page_commands() {
    awk -v heading="## $1" -v wanted="${2:-0}" '/^## / { here = $0 == heading }
        /^```/ { block = here && $0 == "```sh" && (++number == wanted || !wanted); next } block' "$ROOT/docs/compose.md"
}

# page HEADING [BLOCK [SED]]: runs them as they stand, or with another name in them, in this checkout or in $CHECKOUT, with `docker` and
# `curl` on our engine and in its network; what they say is in $PAGE/log.
page() {
    local prefix=()
    ((!OWN_ENGINE)) || prefix=(nsenter "--net=/var/run/netns/$ENGINE_NAMESPACE")
    PAGE=$SCRATCH/page
    mkdir -p "$PAGE"
    {
        # shellcheck disable=SC2016 # the written script expands its own arguments
        printf '#!/bin/bash\n[[ $1 == compose ]] && shift && cd %q && exec env' "${CHECKOUT:-$ROOT}"
        printf ' %q' "${TRY[@]}" "DOCKER_HOST=$ENGINE" "${COMPOSE[@]}" "${COMPOSE_FILES[@]}"
        printf ' "$@"\n'
    } >"$PAGE/docker"
    {
        printf '#!/bin/bash\nexec'
        printf ' %q' "${prefix[@]}" "$(command -v curl)"
        printf ' "$@"\n'
    } >"$PAGE/curl"
    chmod +x "$PAGE/docker" "$PAGE/curl"
    page_commands "$1" "${2:-}" | sed "${3:-}" >"$PAGE/commands"
    [[ -s $PAGE/commands ]] || die "docs/compose.md has no commands below '$1'"
    note "docs/compose.md: $1"
    (cd "${CHECKOUT:-$PAGE}" && PATH=$PAGE:$PATH timeout 900 bash -euo pipefail "$PAGE/commands") </dev/null >"$PAGE/log" 2>&1 || {
        tail -n 25 "$PAGE/log" >&2
        compose ps --all >&2
        compose logs --tail 15 >&2
        die "the commands below '$1' in docs/compose.md fail"
    }
}

# --- the platform

# One command from nothing; then a job, and what each container may do.
compose_up() {
    local started=$SECONDS name id
    compose down --volumes --remove-orphans >/dev/null 2>&1 || true
    ON_EXIT+=(compose_down)
    page Start
    note "All healthy after $((SECONDS - started)) s"
    started=$SECONDS
    api_key
    [[ $(there curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/v1/jobs) == 401 ]] || die "the API lets people in without a key"
    page "The first job"
    [[ $(<"$PAGE/log") =~ \"id\":\"([0-9]+)\" ]] || die "the API takes no job" "$(<"$PAGE/log")"
    job_completes "${BASH_REMATCH[1]}" 20
    note "A job was taken and run"
    page "Passwords and keys"
    grep -q ^compose: "$PAGE/log" || die "the key of backups is not shown" "$(<"$PAGE/log")"
    for name in api worker health backup; do
        id=$(container "$name")
        [[ $(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.CapDrop}}' "$id") == 'true 65532:65532 [ALL]' ]] ||
            die "$name runs with more rights than it should"
        [[ $(awk '/^Uid:/ { print $2 $3 $4 $5 }' "/proc/$(container_pid "$id")/status") == 65532655326553265532 ]] || die "$name runs as somebody else"
        [[ $(awk '/^CapEff:/ { print $2 }' "/proc/$(container_pid "$id")/status") == 0000000000000000 ]] || die "$name has capabilities"
    done
    for name in api worker health backup; do start_time "$name"; done
    pages_answer
    backup_comes "$started"
}

# backup_comes SINCE: nobody has asked for it.
backup_comes() {
    local list
    while :; do
        list=$(compose exec -T backup martlet list --output json 2>/dev/null || true)
        [[ ${list%%\"unfinished\":*} != *-physical-* ]] || break
        ((SECONDS - $1 < 75)) || die "there is no backup $((SECONDS - $1)) s after the start" "$(compose logs --tail 20 backup 2>&1 | cut -c 1-400)"
        sleep 1
    done
    note "The first backup was there $((SECONDS - $1)) s after the start, or sooner"
}

# The key of the API, for `ask`: processes are listed with their arguments.
api_key() {
    local key
    key=$(compose run --rm --no-deps -T secrets show api-key 2>/dev/null) || die "the API's key is not shown"
    install -m 600 /dev/null "$SCRATCH/curl.conf"
    printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$key" >"$SCRATCH/curl.conf"
}

compose_down() { compose --profile '*' down --volumes --remove-orphans >/dev/null 2>&1 || true; }

# container SERVICE: the id of its container, or of the first one. Who goes on writing to somebody that is gone would end all of this.
container() { compose ps -q "$1" | sed -n 1p; }
container_pid() { docker inspect -f '{{.State.Pid}}' "$1"; }
ask() { there curl -sS -m 20 --config "$SCRATCH/curl.conf" "$@"; }

# submit JSON: prints the id of the new job.
submit() {
    local answer
    answer=$(ask -d "$1" http://127.0.0.1:8080/v1/jobs) || die "the API takes no job"
    [[ $answer =~ \"id\":\"([0-9]+)\" ]] || die "the API takes no job" "$answer"
    printf '%s\n' "${BASH_REMATCH[1]}"
}

# job_completes ID SECONDS
job_completes() {
    local tries answer
    for ((tries = 0; tries < $2 * 5; tries++)); do
        answer=$(ask "http://127.0.0.1:8080/v1/jobs/$1" || true)
        [[ $answer != *'"state":"completed"'* ]] || return 0
        sleep 0.2
    done
    die "job $1 is not completed within $2 s" "$answer"
}

# start_time NAME: from the start of the container's process until it says that it is ready, and listens.
start_time() {
    local id asked begun said last tries
    id=$(container "$1")
    asked=$(date -u +%FT%T.%NZ)
    docker restart "$id" >/dev/null
    begun=$(process_start "$(container_pid "$id")")
    for ((tries = 0; tries < 100; tries++)); do
        said=$(docker logs --since "$asked" "$id" 2>&1 | grep -E '"message":"(ready|listening)"' || true)
        if [[ $said == *'"ready"'* && $said == *'"listening"'* ]]; then
            last=$(sed -E 's/.*"timestamp":"([^"]+)".*/\1/' <<<"$said" | sort | tail -n 1)
            last=$(($(date -d "$last" +%s%3N) - begun))
            note "martlet-$1 was ready $last ms after its start"
            ((last < 1000)) || die "a start takes longer than a second"
            return
        fi
        sleep 0.1
    done
    die "$1 is not ready 10 s after its restart" "$(docker logs --tail 10 "$id" 2>&1 | cut -c 1-400)"
}

# process_start PID: in milliseconds since 1970, to some 20. The engine's own time of a start may lie behind what a quick program says of itself.
process_start() {
    local uptime ticks
    read -r uptime _ </proc/uptime
    ticks=$(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20)
    printf '%s\n' "$(($(date +%s%3N) - ${uptime/./} * 10 + ticks * 1000 / $(getconf CLK_TCK)))"
}

# The status page sees all services, and Prometheus all targets.
pages_answer() {
    local tries status up well
    for ((tries = 0; tries < 120; tries++)); do
        status=$(there curl -sS -m 5 http://127.0.0.1:8082/status.json || true)
        up=$(there curl -sS -m 5 -G --data-urlencode 'query=count(up{job=~"martlet-.+"} == 1)' http://127.0.0.1:9090/api/v1/query || true)
        well=$(jq '[.groups[].checks[] | select(.id == ("postgres", "redis", "api", "worker", "backup-service") and .status == "UP")] | length' <<<"$status" 2>/dev/null || true)
        if [[ $well == 5 && $up == *',"5"]'* ]]; then
            note "The status page says that all is up, and Prometheus sees all five programs"
            return
        fi
        sleep 1
    done
    die "not all is seen to be well" "$(jq -r '[.groups[].checks[] | "\(.id) \(.status)"] | join(", ")' <<<"$status")" "$up" \
        "$(compose logs --tail 20 health 2>&1 | cut -c 1-400)"
}

# kill -9 of a worker and of the API while jobs run: all that was acknowledged is completed, and both come back by themselves.
compose_faults() {
    local ids=() id count before
    before=$(restarts)
    note "Killing a worker and the API while 40 jobs run"
    for ((count = 0; count < 40; count++)); do ids+=("$(submit '{"kind":"sleep","args":{"seconds":1.5}}')"); done
    kill -9 "$(container_pid "$(container worker)")"
    kill -9 "$(container_pid "$(compose ps -q api)")"
    for id in "${ids[@]}"; do job_completes "$id" 120; done
    (($(restarts) == before + 2)) || die "what was killed was not started again by itself: $before restarts before, $(restarts) after"
    note "All 40 are completed, and both are back"
}

# How often the engine has started containers of the API and the workers again.
restarts() {
    local id sum=0
    for id in $(compose ps -q api worker); do sum=$((sum + $(docker inspect -f '{{.RestartCount}}' "$id"))); done
    printf '%s\n' "$sum"
}

# A new password of the ledger's owner: everybody gets it, PostgreSQL too.
compose_password() {
    local started=$SECONDS id
    page "Another password"
    note "Everything runs with another password after $((SECONDS - started)) s"
    id=$(submit '{"kind":"noop","args":{}}')
    job_completes "$id" 20
}

# jobs_there: how many jobs the ledger has, and how many of them are unfinished.
jobs_there() {
    compose exec -T -u postgres postgres psql -d martlet -Atc 'SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM job_live)'
}

# all_restored COUNTS: as many jobs, and unfinished ones, as were there, by the words of the page's last restore.
all_restored() {
    local after
    after=$(sed -nE 's/^([0-9]+) jobs, ([0-9]+) of them unfinished\r?$/\1|\2/p' "$PAGE/log")
    [[ -n $1 && $after == "$1" ]] || die "what was restored is not what was lost: $1 jobs and unfinished ones before, $after after"
}

# A backup, a job after it, and everything is there again, on a volume that has only what was restored.
compose_backup() {
    local before id started
    page Backups
    grep -q -e -physical- "$PAGE/log" || die "backups are not listed" "$(<"$PAGE/log")"
    note "Making a backup, then going on with what is restored"
    compose exec -T backup martlet backup >"$SCRATCH/backup.log" 2>&1 ||
        die "no backup can be made" "$(tail -n 5 "$SCRATCH/backup.log")"
    compose exec -T backup martlet drill >"$SCRATCH/drill.log" 2>&1 ||
        die "the drill fails" "$(tail -n 25 "$SCRATCH/drill.log")"
    grep -E 'RTO|RPO' "$SCRATCH/drill.log" | head -n 2
    id=$(submit '{"kind":"noop","args":{"after":"the backup"}}')
    job_completes "$id" 20
    # The page stops them too; nothing may come between the count and the restore.
    compose stop api worker health >/dev/null 2>&1
    before=$(jobs_there)
    started=$SECONDS
    page Restore
    all_restored "$before"
    note "All of $before jobs and unfinished ones are there; running after $((SECONDS - started)) s"
    docker inspect -f '{{range .Mounts}}{{.Name}} {{end}}' "$(compose ps -q postgres)" | grep -qw martlet-try_restored || die "PostgreSQL does not run on what was restored"
    job_completes "$id" 5
    id=$(submit '{"kind":"noop","args":{}}')
    job_completes "$id" 20
}

# Nothing is left, though it ran on another volume than the file says by itself.
compose_removed() {
    local left
    page Remove
    left=$(docker volume ls -q --filter label=com.docker.compose.project=martlet-try)
    [[ -z $left ]] || die "volumes are left: $left"
}
