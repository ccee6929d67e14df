# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: a Docker engine for ./dev containers, and the images of Martlet and of others on it.

readonly ENGINE_NAMESPACE=martlet-containers

docker() { command "$DOCKER" "$@"; }

# compose ARGUMENT...: Compose on our engine with our names, ports that are free within it, and what stands in for others.
compose() {
    (cd "$ROOT" && env "${TRY[@]}" "DOCKER_HOST=$ENGINE" "${COMPOSE[@]}" "${COMPOSE_FILES[@]}" "$@")
}
COMPOSE=("$STATE/deploy-venv/bin/docker-compose" -p martlet-try)
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
    free_root_cgroup
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

# In a container our shell is in the root control group, and a group that has processes of its own (cgroup v2) can't divide memory among
# others: https://docs.kernel.org/admin-guide/cgroup-v2.html#no-internal-process-constraint
free_root_cgroup() {
    local root=/sys/fs/cgroup process
    [[ -f $root/cgroup.controllers && $(</proc/self/cgroup) == 0::/ ]] || return 0
    mkdir -p "$root/martlet"
    while read -r process; do
        # What has ended meanwhile can't be moved.
        echo "$process" >"$root/martlet/cgroup.procs" 2>/dev/null || true
    done < <(cat "$root/cgroup.procs")
    sed 's/[^ ]*/+&/g' "$root/cgroup.controllers" >"$root/cgroup.subtree_control"
}

stop_engine() {
    [[ -n ${ENGINE_PID:-} ]] || return 0
    kill "$ENGINE_PID" 2>/dev/null || true
    wait "$ENGINE_PID" 2>/dev/null || true
    ENGINE_PID=
    # It keeps the network of containers that shared the machine's own mounted.
    umount "$SCRATCH/engine/netns/"* 2>/dev/null || true
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
    local started=$SECONDS
    note "Building the images (the first time takes some twenty minutes)"
    build_images "$(git -C "$ROOT" rev-parse --short HEAD)"
    note "Images built in $((SECONDS - started)) s"
}

# build_images COMMIT
build_images() {
    local service
    for service in api worker health backup; do
        run_child "${BUILD[@]}" --build-arg "SERVICE=$service" --build-arg "COMMIT=$1" --build-arg VERSION=0.1.0 -t "local/martlet-$service:try" "$ROOT" >"$SCRATCH/image-$service.log" 2>&1 || {
            tail -n 30 "$SCRATCH/image-$service.log" >&2
            die "the image of $service can't be built"
        }
    done
}

# Small, without a shell where none is needed, as nobody, and with a list of what is in them.
image_contents() {
    local service size
    for service in api worker health backup; do
        size=$(docker image inspect -f '{{.Size}}' "local/martlet-$service:try")
        note "martlet-$service: $((size / 1000000)) MB"
        ((size < 120000000)) || die "the image of $service has $((size / 1000000)) MB, more than 120"
        [[ $(docker image inspect -f '{{.Config.User}}' "local/martlet-$service:try") == 65532:65532 ]] || die "the image of $service runs as somebody else"
        docker run --rm --network none "local/martlet-$service:try" --version >"$SCRATCH/version" 2>&1 || die "martlet-$service does not start" "$(cat "$SCRATCH/version")"
        if [[ $service != backup ]] && docker run --rm --network none --entrypoint /bin/sh "local/martlet-$service:try" -c true >/dev/null 2>&1; then
            die "the image of $service has a shell"
        fi
    done
}

# The image of backups has ICU's data in part (infra/images/icu-data.sh): each collation must sort and change case as with all of it.
collations_agree() {
    local image count differing
    image=$(compose config --images | sed -nE '/(^|\/)postgres:/p' | sort -u)
    collations "$image" 999:999 >"$SCRATCH/collations-whole" || die "$image tells nothing of collations" "$(tail -n 5 "$SCRATCH/collations-whole")"
    collations local/martlet-backup:try 65532:65532 >"$SCRATCH/collations-less" ||
        die "martlet-backup tells nothing of collations" "$(tail -n 5 "$SCRATCH/collations-less")"
    count=$(grep -c NOTICE "$SCRATCH/collations-whole" || true)
    ((count > 700)) || die "there are only $count collations of ICU" "$(tail -n 3 "$SCRATCH/collations-whole")"
    differing=$(diff <(grep NOTICE "$SCRATCH/collations-whole") <(grep NOTICE "$SCRATCH/collations-less") | head -n 6) ||
        die "martlet-backup sorts otherwise than PostgreSQL" "$differing"
    note "All $count collations sort as with the whole of ICU"
}

# collations IMAGE USER: what a server of ICU's says of its collations.
collations() {
    # shellcheck disable=SC2016 # the container's shell expands it
    docker run --rm --network none --user "$2" --tmpfs /tmp:mode=1777 --entrypoint sh -v "$ROOT/infra/images/collations.sql:/collations.sql:ro" "$1" -c '
        # Docker keeps two streams apart, and a line of one may come in the middle of one of the other.
        exec 2>&1
        set -e
        initdb -D /tmp/data --locale-provider=icu --icu-locale=de -E UTF8 --locale=C.UTF-8 -U postgres -A trust
        pg_ctl -D /tmp/data -w -o "-c listen_addresses= -k /tmp" -l /tmp/log start
        psql -X -h /tmp -U postgres -v ON_ERROR_STOP=1 -f /collations.sql
        pg_ctl -D /tmp/data -m fast stop' 2>&1
}
