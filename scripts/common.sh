# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: what the scripts for clusters share: messages, the environments, and which release of which cluster is meant.

readonly ENVIRONMENTS='dev staging prod'
# Which installation; each script uses what it needs of it.
# shellcheck disable=SC2034
ENVIRONMENT='' RELEASE=martlet NAMESPACE='' CONTEXT=${MARTLET_CONTEXT:-} TIMEOUT=20m

note() { printf '==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# fail STATUS MESSAGE [MORE LINES...]
fail() {
    local status=$1
    printf 'error: %s\n' "$2" >&2
    (($# < 3)) || printf '       %s\n' "${@:3}" >&2
    exit "$status"
}

((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) || fail 2 "bash 5.1 or newer is needed; this is $BASH_VERSION"

usage_error() { fail 2 "$1" "${0##*/} --help shows how it is used."; }

need_tools() {
    local tool missing=()
    for tool in "$@"; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    ((${#missing[@]} == 0)) || fail 2 "these programs are missing: ${missing[*]}"
}

# take_environment NAME: dev, staging or prod, and the namespace that goes with it.
take_environment() {
    [[ " $ENVIRONMENTS " == *" $1 "* ]] || usage_error "'$1' is no environment; allowed: ${ENVIRONMENTS// /, }"
    ENVIRONMENT=$1
    [[ -n $NAMESPACE ]] || NAMESPACE=martlet-$1
}

# take_option NAME VALUE REST...: the options that all scripts for a release know.
# shellcheck disable=SC2034
take_option() {
    local name=$1
    case $name in
        --context | --namespace | --release | --timeout) need_value "$@" ;;
        *) usage_error "there is no option '$name'" ;;
    esac
    case $name in
        --context) CONTEXT=$2 ;;
        --namespace) NAMESPACE=$2 ;;
        --release) RELEASE=$2 ;;
        --timeout) TIMEOUT=$2 ;;
    esac
}

# need_value NAME REST...: an option's value stands behind it.
need_value() {
    if (($# < 2)) || [[ -z $2 ]]; then usage_error "$1 needs a value"; fi
}

# need_context: whatever cluster a terminal happens to point at is good enough for dev alone.
need_context() {
    [[ -n $ENVIRONMENT ]] || usage_error "name the environment: ${ENVIRONMENTS// /, }"
    [[ -n $CONTEXT || $ENVIRONMENT == dev ]] ||
        usage_error "$ENVIRONMENT needs --context NAME (or MARTLET_CONTEXT), so that no other cluster is hit by mistake"
}

# selector [PROGRAM]: the labels of all objects of the release, or of one program's.
selector() { printf 'app.kubernetes.io/instance=%s%s' "$RELEASE" "${1:+,app.kubernetes.io/name=martlet-$1}"; }

in_cluster() { kubectl ${CONTEXT:+--context "$CONTEXT"} --namespace "$NAMESPACE" "$@"; }

# in_cluster_beside ARGUMENT...: the same in the background; $! is then kubectl itself.
in_cluster_beside() { (exec kubectl ${CONTEXT:+--context "$CONTEXT"} --namespace "$NAMESPACE" "$@") & }

with_helm() { helm ${CONTEXT:+--kube-context "$CONTEXT"} --namespace "$NAMESPACE" "$@"; }

# seconds DURATION: of 20m or 1h30m, as kubectl and Helm write it.
seconds() {
    local rest=$1 sum=0
    while [[ $rest =~ ^([0-9]+)([hms])(.*)$ ]]; do
        case ${BASH_REMATCH[2]} in
            h) sum=$((sum + BASH_REMATCH[1] * 3600)) ;;
            m) sum=$((sum + BASH_REMATCH[1] * 60)) ;;
            s) sum=$((sum + BASH_REMATCH[1])) ;;
        esac
        rest=${BASH_REMATCH[3]}
    done
    [[ -z $rest ]] || fail 2 "'$1' is no duration; allowed: such as 20m or 1h30m"
    printf '%s\n' "$sum"
}

# wait_option MAJOR: how Helm waits. What Helm 4 does by itself never sees a Rollout of Argo ready; the old way passes those over, and
# scripts/verify-deploy.sh waits for them.
wait_option() { (($1 == 3)) && printf -- '--wait\n' || printf -- '--wait=legacy\n'; }

# helm_major: 3 or 4.
helm_major() {
    local version
    version=$(helm version --template '{{.Version}}') || fail 1 "helm does not run"
    [[ $version =~ ^v([34])\. ]] || fail 2 "Helm 3 or 4 is needed; found: $version"
    printf '%s\n' "${BASH_REMATCH[1]}"
}
