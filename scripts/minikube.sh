#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: a whole installation in a cluster on this machine: minikube, the images of this checkout, the chart for dev.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/minikube.sh VERB [OPTIONS]

  start    makes or starts the cluster (profile martlet), with ingress and metrics
  images   builds the images of this checkout and loads them into the cluster
  deploy   installs the chart with those images, and verifies it by a real job
  url      prints the address of the API; it answers as long as the command runs
  stop     stops the cluster; what is in it stays
  delete   removes the cluster with all that is in it

  --cpus N, --memory SIZE, --driver NAME   of a cluster that start makes; default 4, 8g, minikube's own choice

The network policies of the chart are kept by Calico, which start asks for. Exit codes: 0 done; 2 wrong arguments, or a
program is missing; others are those of minikube, docker and scripts/verify-deploy.sh.
HELP
}

readonly PROFILE=martlet
CONTEXT=$PROFILE

# image_tag: another one for other sources, as an image that is there is not loaded again, nor a pod with its tag replaced.
image_tag() {
    local sum
    sum=$(find Dockerfile Package.swift Shared Services infra/images -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
    printf 'minikube-%s\n' "${sum:0:12}"
}

start_cluster() {
    local options=(--cpus "$CPUS" --memory "$MEMORY" --cni calico)
    [[ -z $DRIVER ]] || options+=(--driver "$DRIVER")
    note "Starting the cluster $PROFILE"
    minikube --profile "$PROFILE" start "${options[@]}"
    minikube --profile "$PROFILE" addons enable ingress
    minikube --profile "$PROFILE" addons enable metrics-server
}

# By compose.yaml, which says how each image is built; by the names that the chart asks for, whatever .env says of published ones.
load_images() {
    local image images tag
    tag=$(image_tag)
    note "Building the images"
    export MARTLET_TAG=$tag MARTLET_REGISTRY=ghcr.io/martlet
    docker compose build
    images=$(docker compose config --images | grep "/martlet-.*:$tag\$" | sort -u)
    for image in $images; do
        note "Loading $image"
        minikube --profile "$PROFILE" image load "$image"
    done
}

deploy() {
    local tag
    tag=$(image_tag)
    scripts/deploy.sh dev --context "$CONTEXT" --tag "$tag" "$@"
    scripts/verify-deploy.sh dev --context "$CONTEXT" --no-prometheus --no-rollback
}

VERB='' CPUS=4 MEMORY=8g DRIVER=''
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --cpus) need_value "$@" && CPUS=$2 && shift ;;
        --memory) need_value "$@" && MEMORY=$2 && shift ;;
        --driver) need_value "$@" && DRIVER=$2 && shift ;;
        start | images | deploy | url | stop | delete) VERB=$1 ;;
        --) break ;;
        *) usage_error "there is no verb or option '$1'" ;;
    esac
    shift
done
[[ -n $VERB ]] || usage_error "name what to do: start, images, deploy, url, stop or delete"
need_tools minikube kubectl

case $VERB in
    start) start_cluster ;;
    images) need_tools docker && load_images ;;
    deploy) deploy "$@" ;;
    url) take_environment dev && in_cluster port-forward service/martlet-api 8080:http ;;
    stop) minikube --profile "$PROFILE" stop ;;
    delete) minikube --profile "$PROFILE" delete ;;
esac
