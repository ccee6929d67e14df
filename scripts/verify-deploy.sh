#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: whether a deployment works: rolled out, ready, a real job done, few errors. What does not work is rolled back.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh
# shellcheck source=scripts/checks.sh
source scripts/checks.sh

show_help() {
    cat <<'HELP'
scripts/verify-deploy.sh ENV [OPTIONS]

Looks whether what scripts/deploy.sh installed works, and rolls it back if it does not:
  1. every workload of the release is rolled out;
  2. each says that it is ready, at /health/ready;
  3. a job that the new API takes is done by a worker;
  4. Prometheus saw it all, and few requests failed since this began.

  --commit SHA         the API must be of this commit (martlet_build_info)
  --queue NAME         the job's queue, default default
  --job-timeout SEC    how long the job may take, default 60
  --prometheus WHERE   Prometheus, as a URL or as NAMESPACE/SERVICE:PORT of the cluster (or MARTLET_PROMETHEUS_URL);
                       staging and prod need it, or
  --no-prometheus      leaves the fourth check out
  --watch SEC          how long requests are watched, default 120
  --max-errors RATIO   the share of requests that may fail, default 0.01
  --no-rollback        only says what is wrong
  --context NAME       the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME     default martlet-ENV
  --release NAME       default martlet
  --timeout TIME       how long the roll-out, and a rollback, may take, default 20m

An API with keys: MARTLET_API_KEY_FILE names a file with one, or MARTLET_API_KEY holds it; for dev, the release's Secret is
read otherwise.

Exit codes: 0 it works; 1 it does not, and the version before is back; 2 wrong arguments, or a program is missing;
3 it does not, and nothing was rolled back (nothing to go back to, or --no-rollback); 4 it does not, and the rollback failed.
HELP
}

COMMIT='' QUEUE=default JOB_SECONDS=60 PROMETHEUS=${MARTLET_PROMETHEUS_URL:-} WITHOUT_PROMETHEUS=0
WATCH_SECONDS=120 MAX_ERRORS=0.01 ROLLBACK=1
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --no-rollback) ROLLBACK=0 ;;
        --no-prometheus) WITHOUT_PROMETHEUS=1 ;;
        --commit) need_value "$@" && COMMIT=$2 && shift ;;
        --queue) need_value "$@" && QUEUE=$2 && shift ;;
        --job-timeout) need_value "$@" && JOB_SECONDS=$2 && shift ;;
        --prometheus) need_value "$@" && PROMETHEUS=$2 && shift ;;
        --watch) need_value "$@" && WATCH_SECONDS=$2 && shift ;;
        --max-errors) need_value "$@" && MAX_ERRORS=$2 && shift ;;
        --*) take_option "$@" && shift ;;
        *) take_environment "$1" ;;
    esac
    shift
done
need_context
[[ $JOB_SECONDS =~ ^[1-9][0-9]*$ ]] || usage_error "--job-timeout is '$JOB_SECONDS'; it must be a number of seconds"
[[ $WATCH_SECONDS =~ ^[1-9][0-9]*$ ]] || usage_error "--watch is '$WATCH_SECONDS'; it must be a number of seconds"
[[ $MAX_ERRORS =~ ^(0(\.[0-9]+)?|1)$ ]] || usage_error "--max-errors is '$MAX_ERRORS'; it must be a ratio from 0 to 1"
[[ $QUEUE =~ ^[A-Za-z0-9._:/-]+$ ]] || usage_error "--queue is '$QUEUE'; allowed: letters, digits and . _ - : /"
[[ $WITHOUT_PROMETHEUS == 0 ]] || PROMETHEUS=
[[ -z $PROMETHEUS || $PROMETHEUS =~ ^https?:// || $PROMETHEUS =~ ^[a-z0-9-]+/[a-z0-9.-]+:[a-z0-9-]+$ ]] ||
    usage_error "--prometheus is '$PROMETHEUS'; it must be a URL, or NAMESPACE/SERVICE:PORT"
[[ -n $PROMETHEUS || $ENVIRONMENT == dev ]] || ((WITHOUT_PROMETHEUS)) ||
    usage_error "$ENVIRONMENT needs --prometheus WHERE, or --no-prometheus to do without"
need_tools kubectl helm curl jq

# roll_back: what becomes of a deployment that does not work; ends the script.
roll_back() {
    ((ROLLBACK)) || fail 3 "$RELEASE in $NAMESPACE does not work; it stays as it is (--no-rollback)"
    warn "$RELEASE in $NAMESPACE does not work: rolling it back"
    local status=0
    scripts/rollback.sh "$ENVIRONMENT" --namespace "$NAMESPACE" --release "$RELEASE" --timeout "$TIMEOUT" \
        ${CONTEXT:+--context "$CONTEXT"} || status=$?
    case $status in
        0) fail 1 "the new version does not work; the one before is back" ;;
        3) fail 3 "the new version does not work, and there is none before it" ;;
        *) fail 4 "the new version does not work, and the rollback failed: somebody has to look at once" ;;
    esac
}

trap close_forwards EXIT
STARTED=$SECONDS
works() { check_rollout && check_readiness && check_job && check_errors; }
works || roll_back
note "$RELEASE in $NAMESPACE works"
