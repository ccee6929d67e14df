#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: load on an installation that runs, by k6: jobs are submitted at a steady rate and waited for.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/load.sh URL [OPTIONS]

Submits jobs of the kind noop to the API at URL and waits for each; fails when the objectives are missed: fewer than one
request in a thousand fails, 95 of 100 are accepted within 500 ms, every job that was accepted is completed.

  --rate N         jobs a second, default 50
  --duration TIME  default 60s
  --queue NAME     default load, so that they stay apart from real work
  --summary FILE   writes all figures as JSON

An API with keys: MARTLET_API_KEY_FILE names a file with one, or MARTLET_API_KEY holds it.
How fast Martlet is on this machine is what ./dev bench measures.

Exit codes: 0 the objectives are kept; 99 they are not; 2 wrong arguments, or k6 is missing; others are k6's.
HELP
}

URL='' RATE=50 DURATION=60s QUEUE=load SUMMARY=''
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --rate) need_value "$@" && RATE=$2 && shift ;;
        --duration) need_value "$@" && DURATION=$2 && shift ;;
        --queue) need_value "$@" && QUEUE=$2 && shift ;;
        --summary) need_value "$@" && SUMMARY=$2 && shift ;;
        http://* | https://*) URL=${1%/} ;;
        *) usage_error "'$1' is neither an option nor an http or https URL" ;;
    esac
    shift
done
[[ -n $URL ]] || usage_error "name the API's address"
[[ $RATE =~ ^[1-9][0-9]*$ ]] || usage_error "--rate is '$RATE'; it must be a whole number of jobs a second"
[[ $DURATION =~ ^[1-9][0-9]*[smh]$ ]] || usage_error "--duration is '$DURATION'; allowed: a number and s, m or h, such as 60s"
need_tools k6

# The environment alone: the words of a command can be listed by others.
[[ -z ${MARTLET_API_KEY_FILE:-} ]] || MARTLET_API_KEY=$(<"$MARTLET_API_KEY_FILE")
export MARTLET_API_KEY=${MARTLET_API_KEY:-}
export LOAD_URL=$URL LOAD_RATE=$RATE LOAD_DURATION=$DURATION LOAD_QUEUE=$QUEUE
export K6_NO_USAGE_REPORT=true
exec k6 run --quiet ${SUMMARY:+--summary-export "$SUMMARY"} scripts/load/jobs.js
