#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: the logs of a release, of all pods or of one program's.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/logs.sh ENV [PROGRAM] [OPTIONS]

Shows the last lines of each pod of a release, or of one program (api, worker, health, backup), and follows them.

  --no-follow       ends with what there is
  --context NAME    the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME  default martlet-ENV
  --release NAME    default martlet

Exit codes: 0 shown; 2 wrong arguments, or a program is missing; others are kubectl's.
HELP
}

PROGRAM='' FOLLOW=(--follow)
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --no-follow) FOLLOW=() ;;
        --*) take_option "$@" && shift ;;
        api | worker | health | backup) PROGRAM=$1 ;;
        *) take_environment "$1" ;;
    esac
    shift
done
need_context
need_tools kubectl

in_cluster logs --selector "$(selector "$PROGRAM")" --all-containers --prefix --tail 100 --max-log-requests 1000 "${FOLLOW[@]}"
