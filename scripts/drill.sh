#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: a restore drill in a cluster, now: the job of the chart's own schedule, waited for.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/drill.sh ENV [OPTIONS]

Starts the job that the chart's CronJob for drills would start, shows its log, and says how it ended.

  --context NAME    the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME  default martlet-ENV
  --release NAME    default martlet
  --timeout TIME    how long it may take, default 5h

Exit codes: 0 the newest backup was restored and is sound; 1 it was not; 2 wrong arguments, or a program is missing;
3 the release has no CronJob for drills.
HELP
}

TIMEOUT=5h
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --*) take_option "$@" && shift ;;
        *) take_environment "$1" ;;
    esac
    shift
done
need_context
need_tools kubectl

CRONS=$(in_cluster get cronjobs --selector "$(selector '')" --output name) || fail 1 "the cluster can't be asked for CronJobs"
CRON=$(grep -m 1 -- '-drill$' <<<"$CRONS") || CRON=''
[[ -n $CRON ]] || fail 3 "release $RELEASE in $NAMESPACE has no CronJob for drills" \
    "with backup.runBy: serve, as in values-dev.yaml, the service drills on its own schedule"
JOB=drill-$(date -u +%Y%m%d-%H%M%S)
note "Starting $JOB as $CRON would"
in_cluster create job "$JOB" --from "$CRON"

# Both at once: a job that fails never becomes complete.
in_cluster_beside wait "job/$JOB" --for condition=complete --timeout "$TIMEOUT" >/dev/null 2>&1
COMPLETE=$!
in_cluster_beside wait "job/$JOB" --for condition=failed --timeout "$TIMEOUT" >/dev/null 2>&1
FAILED=$!
trap 'kill "$COMPLETE" "$FAILED" 2>/dev/null || true' EXIT
STATUS=0
wait -n -p ENDED "$COMPLETE" "$FAILED" || STATUS=$?
in_cluster logs "job/$JOB" --all-containers --tail 200 || true
[[ $STATUS == 0 && $ENDED == "$COMPLETE" ]] || fail 1 "$JOB did not complete within $TIMEOUT" \
    "look: kubectl --namespace $NAMESPACE describe job $JOB"
note "The drill passed"
