# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: the checks of scripts/verify-deploy.sh. Each says what is wrong and fails; none ends the script.

readonly PROGRAMS='api worker health backup'
declare -A FORWARDED=()
FORWARDS=()

# workloads [PROGRAM]: what runs all the time; an Argo Rollout stands in for a Deployment where there are such.
workloads() {
    in_cluster get deployments,statefulsets --selector "$(selector "${1:-}")" --output name &&
        { in_cluster get rollouts.argoproj.io --selector "$(selector "${1:-}")" --output name 2>/dev/null || true; }
}

# rollout_works NAME: a Rollout of Argo. It stays healthy until its controller has seen what is new; and one that is degraded has
# gone back by itself, so nobody waits for it.
rollout_works() {
    local generation seen phase since=$SECONDS limit
    limit=$(seconds "$TIMEOUT")
    while ((SECONDS - since < limit)); do
        read -r generation seen phase < <(in_cluster get "$1" \
            --output 'jsonpath={.metadata.generation} {.status.observedGeneration} {.status.phase}{"\n"}') || return 1
        if [[ $seen == "$generation" ]]; then
            [[ $phase != Healthy ]] || return 0
            [[ $phase != Degraded ]] || { warn "$1 is degraded" && return 1; }
        fi
        sleep 2
    done
    warn "$1 is not healthy after $TIMEOUT, but ${phase:-unknown}"
    return 1
}

check_rollout() {
    local found name
    note "Is everything rolled out?"
    found=$(workloads) || return 1
    [[ -n $found ]] || { warn "there is nothing of release $RELEASE in $NAMESPACE" && return 1; }
    for name in $found; do
        if [[ $name == rollout.* ]]; then
            rollout_works "$name" || return 1
        else
            in_cluster rollout status "$name" --timeout "$TIMEOUT" || return 1
        fi
    done
}

# forward PROGRAM: opens a way to the newest pod of it; sets FORWARDED[PROGRAM].
forward() {
    local name
    [[ -z ${FORWARDED[$1]:-} ]] || return 0
    # Pods of jobs serve nobody.
    name=$(in_cluster get pods --selector "$(selector "$1"),!batch.kubernetes.io/job-name" \
        --field-selector status.phase=Running --sort-by '{.metadata.creationTimestamp}' --output name | tail -n 1) || return 1
    [[ -n $name ]] || { warn "no pod of $1 runs" && return 1; }
    open_forward "$1" "$NAMESPACE" "$name" http
}

# open_forward KEY NAMESPACE TARGET PORT: a port of this machine that leads there, kept open; sets FORWARDED[KEY].
open_forward() {
    local output tries
    output=$(mktemp)
    NAMESPACE=$2 in_cluster_beside port-forward "$3" --address 127.0.0.1 ":$4" >"$output" 2>&1
    FORWARDS+=("$!")
    for ((tries = 0; tries < 100; tries++)); do
        if [[ $(<"$output") =~ 'Forwarding from 127.0.0.1:'([0-9]+) ]]; then
            FORWARDED[$1]=http://127.0.0.1:${BASH_REMATCH[1]}
            rm -f "$output"
            return 0
        fi
        sleep 0.1
    done
    warn "there is no way to $3: $(<"$output")"
    rm -f "$output"
    return 1
}

close_forwards() {
    local pid
    for pid in "${FORWARDS[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
}

# Asked of the newest pod of each program, which a rollout has just proved to be the new version.
check_readiness() {
    local program found answer status
    for program in $PROGRAMS; do
        found=$(workloads "$program") || return 1
        if [[ -z $found ]]; then
            [[ $program != api && $program != worker ]] || { warn "the release has no $program" && return 1; }
            continue
        fi
        note "Is $program ready?"
        forward "$program" || { warn "$program can't be asked" && return 1; }
        answer=$(curl --silent --show-error --fail-with-body --max-time 15 "${FORWARDED[$program]}/health/ready") ||
            { warn "$program is not ready: $answer" && return 1; }
        status=$(jq -r '.status // empty' <<<"$answer") || status=''
        case $status in
            UP) ;;
            DEGRADED) warn "$program is ready, but degraded: $answer" ;;
            *) warn "$program's answer is not understood: $answer" && return 1 ;;
        esac
    done
    check_commit
}

check_commit() {
    [[ -n $COMMIT ]] || return 0
    local metrics
    note "Is the API of commit $COMMIT?"
    metrics=$(curl --silent --show-error --fail --max-time 15 "${FORWARDED[api]}/metrics") || return 1
    grep -qE "^martlet_build_info\{[^}]*commit=\"$COMMIT\"" <<<"$metrics" ||
        { warn "it is not: $(grep '^martlet_build_info' <<<"$metrics")" && return 1; }
}

# api_key: the one that was given; for dev otherwise the first of the release's own Secret, where there is one.
api_key() {
    if [[ -n ${MARTLET_API_KEY_FILE:-} ]]; then
        cat "$MARTLET_API_KEY_FILE"
    elif [[ -n ${MARTLET_API_KEY:-} ]]; then
        printf '%s\n' "$MARTLET_API_KEY"
    elif [[ $ENVIRONMENT == dev ]]; then
        # By its labels, as its name may be any.
        { in_cluster get secrets --selector "$(selector),app.kubernetes.io/component=secrets" \
            --output 'jsonpath={.items[*].data.MARTLET_API_KEYS}' 2>/dev/null || true; } |
            base64 --decode | grep -oE '[^, ]+' | head -n 1 || true
    fi
}

# ask_api PATH CURL-OPTIONS...: with the key by a file descriptor, as others can list the words of a command.
ask_api() {
    local key
    key=$(api_key) || return 1
    curl --silent --show-error --fail-with-body "${@:2}" "${FORWARDED[api]}$1" \
        --header @<([[ -z $key ]] || printf 'Authorization: Bearer %s\n' "$key")
}

check_job() {
    local answer id state left=$JOB_SECONDS began=$SECONDS body
    note "Is a job done?"
    body=$(jq -nc --arg queue "$QUEUE" '{kind: "noop", queue: $queue, tags: ["verify-deploy"]}')
    answer=$(ask_api /v1/jobs --max-time 15 --header 'Content-Type: application/json' --data "$body") ||
        { warn "the API took no job: $answer" && return 1; }
    id=$(jq -r '.id // empty' <<<"$answer") || id=''
    [[ -n $id ]] || { warn "the API's answer is not understood: $answer" && return 1; }
    while ((left > 0)); do
        answer=$(ask_api "/v1/jobs/$id/wait?timeout=$((left < 20 ? left : 20))" --max-time 30) ||
            { warn "job $id can't be looked at: $answer" && return 1; }
        state=$(jq -r '.state // empty' <<<"$answer") || state=''
        case $state in
            completed) note "Job $id is completed" && return 0 ;;
            cancelled | discarded) warn "job $id ended as $state: $answer" && return 1 ;;
        esac
        left=$((JOB_SECONDS - (SECONDS - began)))
    done
    warn "job $id is still '$state' after $JOB_SECONDS s"
    return 1
}

# reach_prometheus: a service of the cluster becomes an address.
reach_prometheus() {
    [[ $PROMETHEUS =~ ^([a-z0-9-]+)/([a-z0-9.-]+):([a-z0-9-]+)$ ]] || return 0
    open_forward prometheus "${BASH_REMATCH[1]}" "service/${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" || return 1
    PROMETHEUS=${FORWARDED[prometheus]}
}

# query EXPRESSION: the number that Prometheus answers, or nothing.
query() {
    local answer
    answer=$(curl --silent --show-error --fail-with-body --max-time 15 "$PROMETHEUS/api/v1/query" \
        --data-urlencode "query=$1") || { warn "Prometheus does not answer: $answer" && return 1; }
    jq -er 'if .status == "success" then .data.result[0].value[1] // "" else error(.error) end' <<<"$answer" ||
        { warn "Prometheus' answer is not understood: $answer" && return 1; }
}

# Of this namespace alone, and only of what came since this script began: the version before has no part in it.
check_errors() {
    if [[ -z $PROMETHEUS ]]; then
        note "No Prometheus is named: how many requests fail is not looked at"
        return 0
    fi
    local targets errors window rest requests="martlet_http_requests_total{namespace=\"$NAMESPACE\",job=\"martlet-api\",route=~\"/v1/.*\""
    reach_prometheus || return 1
    rest=$((WATCH_SECONDS - (SECONDS - STARTED)))
    ((rest <= 0)) || { note "Watching requests for $rest s" && sleep "$rest"; }
    window=$((SECONDS - STARTED))
    # Of the new version, where it is known: series of the pods before it stay for minutes.
    targets=$(query "count(martlet_build_info{namespace=\"$NAMESPACE\",service=\"martlet-api\"${COMMIT:+,commit=\"$COMMIT\"}})") || return 1
    [[ -n $targets ]] || { warn "Prometheus does not see the API of $NAMESPACE${COMMIT:+ of commit $COMMIT}" && return 1; }
    errors=$(query "sum(increase($requests,status=\"5xx\"}[${window}s])) / sum(increase($requests}[${window}s]))") || return 1
    # No requests, no failures (0/0 is NaN); the job above was one if it was scraped in time.
    [[ -n $errors && $errors != NaN ]] || errors=0
    note "Of the requests, $errors failed; at most $MAX_ERRORS may"
    jq -en --argjson errors "$errors" --argjson most "$MAX_ERRORS" '$errors <= $most' >/dev/null ||
        { warn "too many requests fail" && return 1; }
}
