#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: installs or upgrades a release in a cluster; one that does not come up goes back by itself.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/deploy.sh ENV [OPTIONS] [-- HELM OPTIONS]

Installs or upgrades Martlet by the chart in helm/martlet with helm/martlet/values-ENV.yaml. ENV is dev, staging or prod.
Waits until everything is ready; otherwise Helm puts the release back as it was. For a canary (a Rollout of Argo) Helm can't
wait: that is for --verify.

  --tag TAG         the images' tag, in place of the chart's own version
  --context NAME    the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME  default martlet-ENV
  --release NAME    default martlet
  --timeout TIME    how long all may take, default 20m
  --dry-run         shows what would be installed, by the cluster's own judgement; changes nothing
  --verify          then scripts/verify-deploy.sh for the same release of the same cluster, which rolls back what does not work

What stands behind -- goes to helm upgrade as it is: scripts/deploy.sh dev -- --set api.replicas=2

Exit codes: 0 deployed; 2 wrong arguments, or a program is missing; others are Helm's, then with --verify those of
scripts/verify-deploy.sh.
HELP
}

readonly CHART=helm/martlet
TAG='' DRY_RUN=0 VERIFY=0 MORE=()
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --dry-run) DRY_RUN=1 ;;
        --verify) VERIFY=1 ;;
        --) MORE=("${@:2}") && break ;;
        --tag) need_value "$@" && TAG=$2 && shift ;;
        --*) take_option "$@" && shift ;;
        *) take_environment "$1" ;;
    esac
    shift
done
need_context
need_tools helm
MAJOR=$(helm_major)

OPTIONS=(--install --create-namespace --values "$CHART/values-$ENVIRONMENT.yaml" --timeout "$TIMEOUT" --history-max 10 "$(wait_option "$MAJOR")")
[[ -z $TAG ]] || OPTIONS+=(--set-string "global.image.tag=$TAG")
if ((DRY_RUN)); then
    OPTIONS+=(--dry-run=server)
elif ((MAJOR == 3)); then
    OPTIONS+=(--atomic)
else
    OPTIONS+=(--rollback-on-failure)
fi

note "Deploying $RELEASE to $NAMESPACE (${CONTEXT:-the current context}), images ${TAG:-of the chart}"
with_helm upgrade "$RELEASE" "$CHART" "${OPTIONS[@]}" "${MORE[@]}"
((VERIFY && ! DRY_RUN)) || exit 0
scripts/verify-deploy.sh "$ENVIRONMENT" --namespace "$NAMESPACE" --release "$RELEASE" --timeout "$TIMEOUT" \
    ${CONTEXT:+--context "$CONTEXT"}
