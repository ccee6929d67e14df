#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: Prometheus, Alertmanager and Grafana in a cluster, set up to find Martlet's rules, dashboards and targets.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/monitoring.sh install|status ENV [OPTIONS] [-- HELM OPTIONS]

  install  installs or upgrades the chart kube-prometheus-stack with infra/monitoring/kube-prometheus-stack.yaml;
           Martlet's own chart then brings targets, rules and dashboards: with global.monitoring.monitor.kind=service,
           monitoring.rules.enabled=true and monitoring.dashboards.enabled=true, as values-prod.yaml has them
  status   shows what runs, which of Martlet's rules there are, and how to get to Prometheus and Grafana

  --context NAME    the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME  default monitoring
  --release NAME    default prometheus
  --timeout TIME    default 20m

MARTLET_MONITORING_CHART and MARTLET_MONITORING_VERSION name another chart, such as a mirror of one's own.
Exit codes: 0 done; 2 wrong arguments, or a program is missing; others are those of helm and kubectl.
HELP
}

readonly STACK=${MARTLET_MONITORING_CHART:-oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack}
readonly STACK_VERSION=${MARTLET_MONITORING_VERSION:-88.5.3}
RELEASE=prometheus NAMESPACE=monitoring VERB='' MORE=()
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --) MORE=("${@:2}") && break ;;
        --*) take_option "$@" && shift ;;
        install | status) VERB=$1 ;;
        *) take_environment "$1" ;;
    esac
    shift
done
[[ -n $VERB ]] || usage_error "name what to do: install or status"
need_context
need_tools helm kubectl

if [[ $VERB == install ]]; then
    note "Installing kube-prometheus-stack $STACK_VERSION into $NAMESPACE (${CONTEXT:-the current context})"
    with_helm upgrade "$RELEASE" "$STACK" --version "$STACK_VERSION" --install --create-namespace --wait \
        --timeout "$TIMEOUT" --values infra/monitoring/kube-prometheus-stack.yaml "${MORE[@]}"
else
    with_helm status "$RELEASE"
    in_cluster get pods
    note "Martlet's rules and targets"
    in_cluster get prometheusrules,servicemonitors,podmonitors --all-namespaces --selector app.kubernetes.io/part-of=martlet
    note "Prometheus: kubectl --namespace $NAMESPACE port-forward service/$RELEASE-kube-prometheus-prometheus 9090"
    note "Grafana:    kubectl --namespace $NAMESPACE port-forward service/$RELEASE-grafana 3000:80"
fi
