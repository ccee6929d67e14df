#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: removes a release from a cluster; data stays, and so does everything that the chart did not make.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/uninstall.sh ENV [OPTIONS]

Removes a release. Volumes, the namespace, and secrets that were made by hand stay: remove them with kubectl.

  --yes             for staging and prod, which are not removed without it
  --context NAME    the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME  default martlet-ENV
  --release NAME    default martlet
  --timeout TIME    how long it may take, default 20m

Exit codes: 0 removed; 2 wrong arguments, or a program is missing; others are Helm's.
HELP
}

SURE=0
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --yes) SURE=1 ;;
        --*) take_option "$@" && shift ;;
        *) take_environment "$1" ;;
    esac
    shift
done
need_context
[[ $ENVIRONMENT == dev ]] || ((SURE)) || usage_error "removing $RELEASE from $ENVIRONMENT stops everything there: say --yes"
need_tools helm

note "Removing $RELEASE from $NAMESPACE (${CONTEXT:-the current context})"
with_helm uninstall "$RELEASE" --wait --timeout "$TIMEOUT"
