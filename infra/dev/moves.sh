# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: what ./dev containers tries last: an upgrade, further settings, published images, a store elsewhere, and going on from it on another machine.

# compose_moves: the platform runs on the volume `restored`, as the page says by POSTGRES_DATA in .env.
compose_moves() {
    TRY+=(POSTGRES_DATA=restored)
    compose_upgrade
    compose_settings
    compose_published
    # Which starts what is there with the images of the checkout again.
    compose_elsewhere
    compose_lost
}

# --- another version

# Both ways of the page, each to images that differ from the last ones: how long nobody answers, and that every job is there and completed.
# Compose itself builds by a plug-in that not every engine has, so the images are made before, as the first ones were.
compose_upgrade() {
    local way pause
    for way in 1 2; do
        build_images "upgrade-$way"
        answers_begin
        page Upgrade $way 's/ --build$//; /^docker compose build$/d'
        answers_end
        [[ $(compose exec -T api martlet --version) == *"upgrade-$way"* ]] || die "the API was not replaced"
        pause=$(awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { printf "%.1f\n", most }' "$SCRATCH/answers")
        note "Upgraded: $ANSWERED jobs were taken and completed, $pause s without an answer at the most"
        [[ ${pause%.*} -lt 30 ]] || die "the page says that clients need to try again for half a minute"
    done
}

# Jobs in the background, one after the other, each tried until it is taken; the times and ids are in $SCRATCH/answers.
answers_begin() {
    : >"$SCRATCH/answers"
    rm -f "$SCRATCH/enough"
    JOBS_BEFORE=$(psql_there 'SELECT count(*) FROM job' </dev/null)
    (
        trap - EXIT INT TERM
        for ((number = 0; number < 20000; number++)); do
            key=upgrade-$BASHPID-$number
            until ask -f -m 3 -H "Idempotency-Key: $key" -d '{"kind":"noop","args":{}}' http://127.0.0.1:8080/v1/jobs >"$SCRATCH/answer" 2>"$SCRATCH/refusal"; do
                [[ ! -e $SCRATCH/enough ]] || exit 1
                sleep 0.02
            done
            printf '%s %s\n' "$(date +%s.%N)" "$(jq -r .id "$SCRATCH/answer")" >>"$SCRATCH/answers"
            [[ ! -e $SCRATCH/enough ]] || break
            sleep 0.03
        done
    ) &
    ANSWERS_PID=$!
    ON_EXIT+=(answers_stop)
}

answers_stop() {
    [[ -n ${ANSWERS_PID:-} ]] || return 0
    kill "$ANSWERS_PID" 2>/dev/null || true
    wait "$ANSWERS_PID" 2>/dev/null || true
    ANSWERS_PID=
}

# answers_end: sets ANSWERED. Each answer is of a job of its own, no other jobs came, and all of them are completed.
answers_end() {
    local completed tries
    sleep 1
    touch "$SCRATCH/enough"
    wait "$ANSWERS_PID" || die "no answer comes after the upgrade" "$(cat "$SCRATCH/refusal" "$SCRATCH/answer")"
    ANSWERS_PID=
    ANSWERED=$(wc -l <"$SCRATCH/answers")
    ((ANSWERED > 20)) || die "only $ANSWERED jobs were taken during the upgrade"
    (($(cut -d ' ' -f 2 "$SCRATCH/answers" | sort -u | wc -l) == ANSWERED)) || die "two answers are of one job"
    (($(psql_there 'SELECT count(*) FROM job' </dev/null) == JOBS_BEFORE + ANSWERED)) || die "a request that was made twice made two jobs"
    for ((tries = 0; tries < 100; tries++)); do
        completed=$(sed -E 's/^[^ ]+ //; 1s/^/SELECT count(*) FROM job_done WHERE outcome = 1 AND id IN (/; $!s/$/,/; $s/$/);/' "$SCRATCH/answers" | psql_there)
        ((completed != ANSWERED)) || return 0
        sleep 0.2
    done
    die "of $ANSWERED jobs that were taken during the upgrade $completed are completed"
}

# psql_there [SQL]: else from standard input.
psql_there() { compose exec -T -u postgres postgres psql -d martlet -At ${1:+-c "$1"}; }

# --- in a copy of the checkout, where the page's commands write files

# copy_checkout: what Compose reads of it, into $CHECKOUT.
copy_checkout() {
    mkdir -p "$CHECKOUT"
    cp -r "$ROOT/compose.yaml" "$ROOT/infra" "$CHECKOUT/"
    chmod -R o+rX "$CHECKOUT"
}

# A setting that compose.yaml does not name reaches the workers.
compose_settings() {
    local CHECKOUT=$SCRATCH/settings id
    copy_checkout
    page Settings
    for id in $(compose ps -q worker); do
        [[ $(docker inspect -f '{{json .Config.Env}}' "$id") == *'"MARTLET_CONCURRENCY=50"'* ]] || die "a worker has no setting of settings.env"
    done
    job_completes "$(submit '{"kind":"noop","args":{}}')" 20
    note "Workers run with a setting of settings.env"
}

# --- images of a registry

# Pushed to a registry of our own, taken from the engine, and pulled by the page's commands in a copy of the checkout, which is given an .env.
compose_published() {
    if ((!OWN_ENGINE)); then
        note "No images are put into a registry, since this engine is not our own"
        return
    fi
    # What the page writes to .env is in no environment.
    local CHECKOUT=$SCRATCH/checkout TRY=(-u MARTLET_REGISTRY -u MARTLET_TAG POSTGRES_DATA=restored) registry=127.0.0.1:5000/martlet service
    [[ -x /usr/bin/docker-registry ]] || apt_install docker-registry
    printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:5000"}\nlog: {level: error}\n' "$SCRATCH/registry" >"$SCRATCH/registry.yml"
    there setpriv --pdeathsig TERM docker-registry serve "$SCRATCH/registry.yml" >"$SCRATCH/registry.log" 2>&1 &
    REGISTRY_PID=$!
    ON_EXIT+=(stop_registry)
    there curl -sf --retry 50 --retry-connrefused --retry-delay 1 -o /dev/null http://127.0.0.1:5000/v2/ || die "no registry answers" "$(tail -n 3 "$SCRATCH/registry.log")"
    for service in api worker health backup; do
        docker tag "local/martlet-$service:try" "$registry/martlet-$service:1.2.3"
        docker push -q "$registry/martlet-$service:1.2.3" >/dev/null || die "the image of $service can't be pushed"
        docker rmi "$registry/martlet-$service:1.2.3" >/dev/null
    done
    copy_checkout
    page "Published images" 1 "s#registry.example/martlet#$registry#"
    for service in api worker health backup; do
        [[ $(docker inspect -f '{{.Config.Image}}' "$(container "$service")") == "$registry/martlet-$service:1.2.3" ]] ||
            die "$service does not run the image that was pulled"
    done
    job_completes "$(submit '{"kind":"noop","args":{}}')" 20
    note "Images of a registry were pulled and run"
    stop_registry
}

stop_registry() {
    [[ -n ${REGISTRY_PID:-} ]] || return 0
    kill "$REGISTRY_PID" 2>/dev/null || true
    wait "$REGISTRY_PID" 2>/dev/null || true
    REGISTRY_PID=
}

# --- another place

# A store that this installation doesn't know and that outlives it: a container on the engine's own machine, at an address of that alone.
compose_elsewhere() {
    local address started buckets=
    remove_elsewhere
    ON_EXIT+=(remove_elsewhere)
    docker network create martlet-elsewhere >/dev/null
    address=$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' martlet-elsewhere)
    mkdir -p "$SCRATCH/elsewhere"
    printf 'elsewhere-id' >"$PAGE/id"
    random_key >"$PAGE/key"
    printf '{"identities":[{"name":"all","credentials":[{"accessKey":"elsewhere-id","secretKey":"%s"}],"actions":["Admin"]}]}\n' "$(<"$PAGE/key")" >"$SCRATCH/elsewhere/s3.json"
    docker run -d --name martlet-elsewhere --network host -v "$SCRATCH/elsewhere:/elsewhere:ro" --entrypoint weed \
        "$(compose config --images | grep seaweedfs:)" server -dir=/tmp "-ip=$address" "-ip.bind=$address" -filer -s3 -s3.port=8333 \
        -s3.config=/elsewhere/s3.json -master.volumeSizeLimitMB=512 -volume.max=100 >/dev/null
    for ((started = SECONDS; SECONDS - started < 60; )); do
        elsewhere 's3.bucket.create -name far' >/dev/null
        buckets=$(elsewhere s3.bucket.list)
        [[ $buckets != *far* ]] || break
        sleep 1
    done
    [[ $buckets == *far* ]] || die "the store elsewhere makes no bucket" "$(docker logs --tail 5 martlet-elsewhere 2>&1)"
    # Without TLS a store has a name that only this network knows.
    printf 'services:\n  backup: &there {extra_hosts: ["elsewhere:%s"]}\n  restore: *there\n' "$address" >"$SCRATCH/elsewhere.yaml"
    COMPOSE_FILES+=(-f "$SCRATCH/elsewhere.yaml")
    TRY+=("MARTLET_BACKUP_STORES=s3://far/backups?endpoint=http://elsewhere:8333&style=path")
    page "A store elsewhere"
    backup_comes "$SECONDS"
}

# elsewhere COMMAND: of the shell of that store.
elsewhere() { echo "$1" | docker exec -i martlet-elsewhere weed shell "-master=$address:9333" 2>/dev/null || true; }

remove_elsewhere() {
    docker rm -fv martlet-elsewhere >/dev/null 2>&1 || true
    docker network rm martlet-elsewhere >/dev/null 2>&1 || true
}
random_key() { head -c 24 /dev/urandom | base64 | tr +/ -_ | tr -d '\n'; }

# The machine is gone with all of its volumes; what is left is the store elsewhere, and the key that was kept.
compose_lost() {
    local id before started
    id=$(submit '{"kind":"noop","args":{"after":"the last backup"}}')
    job_completes "$id" 20
    compose run --rm --no-deps -T secrets show backup-key >"$SCRATCH/kept.key" 2>/dev/null
    compose stop api worker health >/dev/null 2>&1
    before=$(jobs_there)
    compose stop postgres >/dev/null 2>&1
    page Remove
    note "The machine is lost; $before jobs and unfinished ones were acknowledged"
    cp "$SCRATCH/kept.key" "$PAGE/kept.key"
    # .env of the lost machine is lost, but for what the page says to write into it.
    TRY=(MARTLET_REGISTRY=local MARTLET_TAG=try "${TRY[-1]}")
    started=$SECONDS
    page "On another machine"
    all_restored "$before"
    TRY+=(POSTGRES_DATA=restored)
    api_key
    job_completes "$id" 20
    job_completes "$(submit '{"kind":"noop","args":{}}')" 20
    note "All are there on another machine, which ran after $((SECONDS - started)) s"
    compose exec -T backup martlet backup >"$SCRATCH/backup.log" 2>&1 || die "no backup can be made there" "$(tail -n 5 "$SCRATCH/backup.log")"
}
