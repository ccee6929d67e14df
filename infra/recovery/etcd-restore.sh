#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: a data folder for etcd out of a snapshot.
set -euo pipefail
# shellcheck source=infra/recovery/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly HELP='etcd-restore.sh FILE FOLDER [OPTIONS OF etcdctl snapshot restore...]

Makes FOLDER, which must not exist, out of a snapshot. FILE.sha256 must be beside FILE and fit. Nothing else is touched: etcd is
neither stopped nor started.

On each control plane, one after the other, with the same FILE:
  1. Stop the API server and etcd (kubeadm: move their files out of /etc/kubernetes/manifests and wait until both have ended).
  2. Run this with the name and addresses of that member, for example
       etcd-restore.sh snapshot.db /var/lib/etcd-new --name cp-1 --initial-advertise-peer-urls https://10.0.0.1:2380
       --initial-cluster cp-1=https://10.0.0.1:2380,cp-2=https://10.0.0.2:2380,cp-3=https://10.0.0.3:2380
  3. Keep the old folder under another name, give the new one its name and owner.
Then start etcd on all of them, and the API servers when etcd has a leader. What was changed after the snapshot is gone: Pods that the
cluster no longer knows of are ended by it. Martlet is not hurt by that: its jobs are in PostgreSQL.'

main() {
    [[ ${1:-} != --help && ${1:-} != -h ]] || ASKED_HELP=1 usage "$HELP"
    (($# >= 2)) || usage "$HELP"
    local file=$1 folder=$2
    shift 2
    need sha256sum
    [[ -r $file ]] || fail "$ABSENT" "there is no snapshot $file"
    [[ -r $file.sha256 ]] || fail "$ABSENT" "there is no $file.sha256: etcd-snapshot.sh writes it"
    [[ $(cut -d ' ' -f 1 "$file.sha256") == $(sha256sum <"$file" | cut -d ' ' -f 1) ]] ||
        fail 65 "$file is damaged: it does not fit $file.sha256"
    begin "$folder"
    restore "$file" "$@" >"$PART.said" 2>&1 || fail "$PROGRAM" "etcd refuses the snapshot: $(tail -n 1 "$PART.said")"
    rm -f "$PART.said"
    finish "$folder"
    printf 'etcd data of %s: %s\nNow do steps 3 and following of: %s --help\n' "$file" "$folder" "$0"
}

# restore FILE OPTIONS...
restore() {
    local program=etcdctl
    ! command -v etcdutl >/dev/null || program=etcdutl
    need "$program"
    ETCDCTL_API=3 "$program" snapshot restore "$1" --data-dir "$PART" "${@:2}"
}

main "$@"
