#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: the Kubernetes objects of a release as files.
set -euo pipefail
# shellcheck source=infra/recovery/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly HELP='kubernetes-export.sh RELEASE NAMESPACE FOLDER [--seal CERTIFICATE.pem]

Writes what a Helm release is made of into FOLDER, which must not exist:
  manifest.yaml        what Helm installed (helm get manifest), without Secrets
  objects/KIND.yaml    what the cluster has with the label app.kubernetes.io/instance=RELEASE, for each kind; no Secrets, Pods,
                       ReplicaSets, Endpoints, Events and Leases, which others make
  secrets.txt          the names of the Secrets that are left out
  secrets.yaml.cms     only with --seal: the Secrets, encrypted for the owner of the certificate (openssl cms, AES-256)
  SHA256SUMS

To restore: put the Secrets back (openssl cms -decrypt -inform DER -in secrets.yaml.cms -inkey KEY.pem | kubectl apply -f -), then
install the chart of that version, or, without it, kubectl apply -n NAMESPACE -f manifest.yaml. objects/ is for comparing: it has
what was changed by hand since. The database is not in here: see docs/recovery.md.'

# What others make, or what must not lie around.
readonly LEFT_OUT=' secrets events events.events.k8s.io pods replicasets.apps endpoints endpointslices.discovery.k8s.io leases.coordination.k8s.io controllerrevisions.apps pods.metrics.k8s.io '

main() {
    [[ ${1:-} != --help && ${1:-} != -h ]] || ASKED_HELP=1 usage "$HELP"
    (($# == 3 || $# == 5)) || usage "$HELP"
    local release=$1 namespace=$2 folder=$3 certificate=''
    if (($# == 5)); then
        [[ $4 == --seal ]] || usage "$HELP"
        certificate=$5
        [[ -r $certificate ]] || fail "$ABSENT" "there is no certificate $certificate"
        need openssl
    fi
    need helm kubectl sha256sum awk
    begin "$folder"
    mkdir -p "$PART/objects"
    helm get manifest "$release" --namespace "$namespace" >"$PART/whole.yaml" ||
        fail "$ABSENT" "helm has no release $release in namespace $namespace, or can't reach the cluster"
    without_secrets <"$PART/whole.yaml" >"$PART/manifest.yaml"
    rm -f "$PART/whole.yaml"
    objects "$release" "$namespace"
    secrets "$release" "$namespace" "$certificate"
    (cd "$PART" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$PART.sums"
    mv "$PART.sums" "$PART/SHA256SUMS"
    finish "$folder"
    printf 'release %s of namespace %s: %s, %s kinds, %s\nTo restore it: %s --help\n' "$release" "$namespace" "$folder" \
        "$(find "$folder/objects" -type f | wc -l)" "$(wc -l <"$folder/secrets.txt") Secrets ${certificate:+sealed}${certificate:-left out}" "$0"
}

# Leaves out the documents whose kind is Secret, or that hold such an object in a list.
without_secrets() {
    awk '
        function flush() { if (document != "" && !secret) printf "---\n%s", document; document = ""; secret = 0 }
        /^---[ \t]*(#.*)?$/ { flush(); next }
        { document = document $0 "\n" }
        /^[ \t-]*kind:[ \t]*["\x27]?Secret["\x27]?[ \t]*(#.*)?$/ { secret = 1 }
        END { flush() }'
}

# objects RELEASE NAMESPACE: a file for each kind that has any.
objects() {
    local kind file kinds
    kinds=$(kubectl api-resources --namespaced --verbs=list --output=name) || fail "$AWAY" "kubectl can't list the cluster's kinds"
    for kind in $kinds; do
        [[ $LEFT_OUT != *" $kind "* ]] || continue
        file=$PART/objects/$kind.yaml
        kubectl get "$kind" --namespace "$2" --selector "app.kubernetes.io/instance=$1" --output yaml >"$file" ||
            fail "$PROGRAM" "kubectl can't read $kind in namespace $2: the role needs get and list on it"
        grep -q '^- ' "$file" || rm -f "$file"
    done
}

# secrets RELEASE NAMESPACE CERTIFICATE: their names, and themselves only encrypted.
secrets() {
    kubectl get secrets --namespace "$2" --selector "app.kubernetes.io/instance=$1" --output name >"$PART/secrets.txt" ||
        fail "$PROGRAM" "kubectl can't list the Secrets in namespace $2"
    [[ -n $3 ]] || return 0
    kubectl get secrets --namespace "$2" --selector "app.kubernetes.io/instance=$1" --output yaml |
        openssl cms -encrypt -binary -aes256 -outform DER -out "$PART/secrets.yaml.cms" "$3" ||
        fail "$PROGRAM" "the Secrets can't be encrypted for $3"
}

main "$@"
