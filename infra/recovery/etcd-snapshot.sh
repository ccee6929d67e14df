#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: a snapshot of etcd, for clusters that one runs oneself.
set -euo pipefail
# shellcheck source=infra/recovery/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly HELP='etcd-snapshot.sh FILE

Writes a snapshot of etcd to FILE, which must not exist, checks it, and puts FILE.sha256 beside it. etcdctl is told where etcd is by
its own variables: ETCDCTL_ENDPOINTS (ONE member), ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY; on a control plane made by kubeadm
  ETCDCTL_ENDPOINTS=https://127.0.0.1:2379 ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt
  ETCDCTL_CERT=/etc/kubernetes/pki/etcd/healthcheck-client.crt ETCDCTL_KEY=/etc/kubernetes/pki/etcd/healthcheck-client.key

The file holds every Secret of the cluster: keep it as you keep those. Managed clusters (EKS and others) need none of this.
To restore: etcd-restore.sh --help'

main() {
    [[ ${1:-} != --help && ${1:-} != -h ]] || ASKED_HELP=1 usage "$HELP"
    (($# == 1)) || usage "$HELP"
    need etcdctl sha256sum
    export ETCDCTL_API=3
    local file=$1
    begin "$file"
    timeout 20 etcdctl endpoint health >/dev/null 2>&1 || fail "$AWAY" "etcd does not answer at ${ETCDCTL_ENDPOINTS:-127.0.0.1:2379}"
    etcdctl snapshot save "$PART" >"$PART.said" 2>&1 || fail "$PROGRAM" "etcdctl: $(tail -n 1 "$PART.said")"
    look "$PART" >"$PART.status" 2>&1 || fail "$PROGRAM" "the snapshot is not whole: $(tail -n 1 "$PART.status")"
    local status
    status=$(<"$PART.status")
    rm -f "$PART".*
    finish "$file"
    sum "$file"
    printf 'snapshot of etcd: %s, %s.sha256\n%s\nTo restore it: etcd-restore.sh --help\n' "$file" "$file" "$status"
}

# etcdutl took this over from etcdctl in etcd 3.5.
look() {
    if command -v etcdutl >/dev/null; then etcdutl snapshot status "$1"; else etcdctl snapshot status "$1"; fi
}

main "$@"
