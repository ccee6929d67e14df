# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev containers: the images and compose.yaml on a real Docker engine, with faults, a backup and a restore.

readonly ENGINE_NAMESPACE=martlet-containers

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
    engine_for_running
    compose_up
    compose_faults
    compose_backup
    note "containers are in order"
    ((keep)) || return 0
    note "The platform stays up until Ctrl-C"
    while :; do sleep 3600; done
}

docker() { command "$DOCKER" "$@"; }

# compose ARGUMENT...: Compose on our engine with our names, ports that are free within it, and what stands in for others.
compose() {
    (cd "$ROOT" && env "${TRY[@]}" "DOCKER_HOST=$ENGINE" "$STATE/deploy-venv/bin/docker-compose" -p martlet-try "${COMPOSE_FILES[@]}" "$@")
}
COMPOSE_FILES=(-f compose.yaml)
TRY=(MARTLET_REGISTRY=local MARTLET_TAG=try)

# --- the engine

# An engine that is there already serves for both; else one of our own, which needs root: in the host's network to build (packages come
# through it), and then in a network of its own, so that nothing of the host's changes.
engine_for_builds() {
    DOCKER=$(PATH=/usr/bin:$PATH command -v docker || true)
    ENGINE=${DOCKER_HOST:-unix:///var/run/docker.sock}
    OWN_ENGINE=0
    if [[ -n $DOCKER ]] && DOCKER_HOST=$ENGINE docker info >/dev/null 2>&1; then
        export DOCKER_HOST=$ENGINE
        return
    fi
    ((EUID == 0)) || die "no Docker engine answers, and only root can start one" "start it, or name it by DOCKER_HOST"
    [[ -x /usr/sbin/dockerd ]] || apt_install docker.io
    command -v ip >/dev/null || apt_install iproute2
    DOCKER=/usr/bin/docker OWN_ENGINE=1 ENGINE=unix://$SCRATCH/engine.sock
    export DOCKER_HOST=$ENGINE
    ON_EXIT+=(stop_engine)
    start_engine host --iptables=false --ip6tables=false --bridge=none
}

# start_engine host|own OPTION...
start_engine() {
    local place=$1 prefix=()
    shift
    if [[ $place == own ]]; then
        ip netns add "$ENGINE_NAMESPACE" 2>/dev/null || true
        ip -n "$ENGINE_NAMESPACE" link set lo up
        # `ip netns exec` would hide the control groups.
        prefix=(nsenter "--net=/var/run/netns/$ENGINE_NAMESPACE")
    fi
    mkdir -p "$STATE/containers"
    setpriv --pdeathsig TERM "${prefix[@]}" dockerd --data-root "$STATE/containers" --exec-root "$SCRATCH/engine" -H "$ENGINE" \
        --pidfile "$SCRATCH/engine.pid" --default-ulimit nofile=4096:4096 "$@" >>"$SCRATCH/engine.log" 2>&1 &
    ENGINE_PID=$!
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        ! docker info >/dev/null 2>&1 || return 0
        kill -0 "$ENGINE_PID" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$SCRATCH/engine.log" >&2
    die "Docker's engine does not start"
}

stop_engine() {
    [[ -n ${ENGINE_PID:-} ]] || return 0
    kill "$ENGINE_PID" 2>/dev/null || true
    wait "$ENGINE_PID" 2>/dev/null || true
    ENGINE_PID=
    ip netns del "$ENGINE_NAMESPACE" 2>/dev/null || true
}

engine_for_running() {
    ((OWN_ENGINE)) || return 0
    stop_engine
    start_engine own
}

# there COMMAND...: in the network where published ports are.
there() {
    if ((OWN_ENGINE)); then nsenter "--net=/var/run/netns/$ENGINE_NAMESPACE" "$@"; else "$@"; fi
}

# --- images

# Published images where they can be pulled; else stand-ins of Debian's packages and of this machine's toolchain.
base_images() {
    local image target context
    BUILD=(env DOCKER_BUILDKIT=1 "$DOCKER" build --network=host)
    docker image inspect debian:bookworm-slim >/dev/null 2>&1 || docker pull -q debian:bookworm-slim >/dev/null 2>&1 || {
        ((OWN_ENGINE)) || die "debian:bookworm-slim can't be pulled, and this engine is not our own"
        command -v mmdebstrap >/dev/null || apt_install mmdebstrap
        note "Making debian:bookworm-slim of Debian's packages"
        mmdebstrap --variant=minbase --include=ca-certificates bookworm "$SCRATCH/debian.tar" 2>"$SCRATCH/debian.log" ||
            die "no base image can be pulled or made" "$(tail -n 3 "$SCRATCH/debian.log")"
        docker import "$SCRATCH/debian.tar" debian:bookworm-slim >/dev/null
        rm -f "$SCRATCH/debian.tar"
    }
    context=$SCRATCH/standins
    mkdir -p "$context/toolchain" "$context/gitconfig/etc"
    cp "$ROOT"/infra/dev/standins/* "$context/"
    while read -r target image; do
        case $target:$(docker image inspect -f '{{index .Config.Labels "martlet.standin"}}' "$image" 2>&1) in
            swift:true)
                # Three GiB need not be looked through each time.
                STANDINS=1
                continue
                ;;
            *:true) ;;
            *'o such image'*)
                ! docker pull -q "$image" >/dev/null 2>&1 || continue
                # Nothing of ours takes a published name where others would take it for the real one.
                ((OWN_ENGINE)) || die "$image can't be pulled, and this engine is not our own"
                ;;
            *) continue ;;
        esac
        {
            note "Making a stand-in for $image"
            case $target in
                store) cp "$(weed_program)" "$context/weed" ;;
                swift) toolchain_context "$context" ;;
            esac
            "${BUILD[@]}" -q --label martlet.standin=true -f "$context/Dockerfile" --target "$target" -t "$image" "$context" >/dev/null
            STANDINS=1
        }
    done < <(
        echo "swift swift:6.3-bookworm"
        compose config --images | sort -u | sed -nE 's#^(postgres|redis):.*#\1 &#p; s#^chrislusf/seaweedfs:.*#store &#p; s#^prom/(prometheus|alertmanager|node-exporter):.*#\1 &#p'
    )
    image=$(compose config --images | grep /grafana:)
    docker image inspect "$image" >/dev/null 2>&1 || docker pull -q "$image" >/dev/null 2>&1 || STANDINS=1
    ((STANDINS)) || return 0
    # Where images can't be pulled there is no Grafana, and Prometheus is Debian's older one.
    COMPOSE_FILES+=(-f infra/dev/standins/compose.yaml)
}
STANDINS=0

# SeaweedFS as ./dev test has it, the program and not its launcher.
weed_program() { find "$STATE/test-venv" -name weed -type f -size +10M -print -quit; }

# The toolchain, and where this machine's git finds packages, if that is not where their addresses say.
toolchain_context() {
    local root place
    root=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
    cp -al "$root/." "$1/toolchain/" 2>/dev/null || cp -a "$root/." "$1/toolchain/"
    [[ -f /etc/gitconfig ]] || return 0
    while read -r place; do
        mkdir -p "$1/gitconfig/$place"
        cp -a "$place/." "$1/gitconfig/$place/"
        printf '[url "%s"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n' "$place" >"$1/gitconfig/etc/gitconfig"
    done < <(git config --system --get-regexp '^url\..*\.insteadof$' 'https://github\.com/' | sed -E 's/^url\.(.*)\.insteadof .*/\1/' | grep '^/' | head -n 1)
}

own_images() {
    local service started=$SECONDS
    note "Building the images (the first time takes some ten minutes)"
    for service in api worker health backup; do
        run_child "${BUILD[@]}" --build-arg "SERVICE=$service" --build-arg "COMMIT=$(git -C "$ROOT" rev-parse --short HEAD)" \
            --build-arg VERSION=0.1.0 -t "local/martlet-$service:try" "$ROOT" >"$SCRATCH/image-$service.log" 2>&1 || {
            tail -n 30 "$SCRATCH/image-$service.log" >&2
            die "the image of $service can't be built"
        }
    done
    note "Images built in $((SECONDS - started)) s"
}

# Small, without a shell where none is needed, as nobody, and with a list of what is in them.
image_contents() {
    local service size limit
    for service in api worker health backup; do
        size=$(docker image inspect -f '{{.Size}}' "local/martlet-$service:try")
        # PostgreSQL's server with its library of languages is more than all of the rest.
        limit=120
        [[ $service != backup ]] || limit=200
        note "martlet-$service: $((size / 1000000)) MB"
        ((size < limit * 1000000)) || die "the image of $service has $((size / 1000000)) MB, more than $limit"
        [[ $(docker image inspect -f '{{.Config.User}}' "local/martlet-$service:try") == 65532:65532 ]] || die "the image of $service runs as somebody else"
        docker run --rm --network none "local/martlet-$service:try" --version >"$SCRATCH/version" 2>&1 || die "martlet-$service does not start" "$(cat "$SCRATCH/version")"
        if [[ $service != backup ]] && docker run --rm --network none --entrypoint /bin/sh "local/martlet-$service:try" -c true >/dev/null 2>&1; then
            die "the image of $service has a shell"
        fi
    done
}

# --- the platform

# One command from nothing; then a job, and what each container may do.
compose_up() {
    local started=$SECONDS name id
    compose down --volumes --remove-orphans >/dev/null 2>&1 || true
    ON_EXIT+=(compose_down)
    note "docker compose up --wait"
    if ! compose up --detach --wait --wait-timeout 240 >"$SCRATCH/up.log" 2>&1; then
        tail -n 20 "$SCRATCH/up.log" >&2
        compose ps --all >&2
        compose logs --tail 15 >&2
        die "the platform does not come up"
    fi
    note "All healthy after $((SECONDS - started)) s"
    KEY=$(compose run --rm --no-deps -T secrets show api-key 2>/dev/null)
    # Nobody but this script has to know it, and processes are listed with their arguments.
    printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$KEY" >"$SCRATCH/curl.conf"
    chmod 600 "$SCRATCH/curl.conf"
    [[ $(there curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/v1/jobs) == 401 ]] || die "the API lets people in without a key"
    id=$(submit '{"kind":"noop","args":{}}')
    job_completes "$id" 20
    note "A job was taken and run"
    for name in api worker health backup; do
        id=$(compose ps -q "$name" | head -n 1)
        [[ $(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.CapDrop}}' "$id") == 'true 65532:65532 [ALL]' ]] ||
            die "$name runs with more rights than it should"
        [[ $(awk '/^Uid:/ { print $2 $3 $4 $5 }' "/proc/$(container_pid "$id")/status") == 65532655326553265532 ]] || die "$name runs as somebody else"
        [[ $(awk '/^CapEff:/ { print $2 }' "/proc/$(container_pid "$id")/status") == 0000000000000000 ]] || die "$name has capabilities"
    done
    start_time api
    pages_answer
}

compose_down() { compose --profile '*' down --volumes --remove-orphans >/dev/null 2>&1 || true; }

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

# From the start of the container's process to its first good answer.
start_time() {
    local id begun now tries
    id=$(compose ps -q "$1" | head -n 1)
    docker restart "$id" >/dev/null
    begun=$(date -d "$(docker inspect -f '{{.State.StartedAt}}' "$id")" +%s%3N)
    for ((tries = 0; tries < 500; tries++)); do
        if there curl -fsS -m 1 -o /dev/null http://127.0.0.1:8080/health/ready 2>/dev/null; then
            now=$(date +%s%3N)
            note "martlet-$1 was ready $((now - begun)) ms after its start"
            ((now - begun < 1000)) || die "a start takes longer than a second"
            return
        fi
        sleep 0.01
    done
    die "$1 is not ready after its restart"
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
    kill -9 "$(container_pid "$(compose ps -q worker | head -n 1)")"
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

# jobs_there: how many jobs the ledger has, and how many of them are unfinished.
jobs_there() {
    compose exec -T -u postgres postgres psql -d martlet -Atc 'SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM job_live)'
}

# A backup, a job after it, the loss of the volume, and everything is there again.
compose_backup() {
    local before id after started
    note "Making a backup, then losing PostgreSQL's volume"
    compose exec -T backup martlet backup >"$SCRATCH/backup.log" 2>&1 ||
        die "no backup can be made" "$(tail -n 5 "$SCRATCH/backup.log")"
    compose exec -T backup martlet drill >"$SCRATCH/drill.log" 2>&1 ||
        die "the drill fails" "$(tail -n 25 "$SCRATCH/drill.log")"
    grep -E 'RTO|RPO' "$SCRATCH/drill.log" | head -n 2
    id=$(submit '{"kind":"noop","args":{"after":"the backup"}}')
    job_completes "$id" 20
    # As docs/compose.md says: who writes first, then the server, which waits until the receiver has all of its log.
    compose stop api worker health >/dev/null 2>&1
    before=$(jobs_there)
    compose stop postgres >/dev/null 2>&1
    compose stop backup >/dev/null 2>&1
    compose rm --force postgres >/dev/null 2>&1
    docker volume rm martlet-try_postgres-data >/dev/null
    started=$SECONDS
    compose --profile restore run --rm restore >"$SCRATCH/restore.log" 2>&1 || die "the restore fails" "$(tail -n 25 "$SCRATCH/restore.log")"
    after=$(sed -nE 's/^([0-9]+) jobs, ([0-9]+) of them unfinished$/\1|\2/p' "$SCRATCH/restore.log")
    [[ -n $before && $after == "$before" ]] || die "what was restored is not what was lost: $before jobs and unfinished ones before, $after after"
    POSTGRES_DATA=restored compose up --detach --wait --wait-timeout 240 >"$SCRATCH/up.log" 2>&1 || {
        compose logs --tail 15 >&2
        die "the platform does not come up with what was restored" "$(tail -n 5 "$SCRATCH/up.log")"
    }
    note "All of $before jobs and unfinished ones are there; running after $((SECONDS - started)) s"
    job_completes "$id" 5
    id=$(submit '{"kind":"noop","args":{}}')
    job_completes "$id" 20
}
