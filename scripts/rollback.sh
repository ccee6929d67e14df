#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: puts a release back to the revision that ran before, or to a named one.
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

show_help() {
    cat <<'HELP'
scripts/rollback.sh ENV [OPTIONS]

Puts the release back to the newest revision before the present one that was once in force, and waits until it is ready. What
failed, or was rolled back from, is passed over; where the newest one failed, that is the one which is still in force.
The database stays as it is: the version before works with the newer schema.

  --revision N      this revision of `helm history` instead
  --context NAME    the cluster, a context of kubectl (or MARTLET_CONTEXT); must be named for staging and prod
  --namespace NAME  default martlet-ENV
  --release NAME    default martlet
  --timeout TIME    how long it may take, default 20m

Exit codes: 0 it is back; 1 it is not; 2 wrong arguments, or a program is missing; 3 there is nothing to go back to.
HELP
}

REVISION=''
while (($# > 0)); do
    case $1 in
        -h | --help) show_help && exit 0 ;;
        --revision) need_value "$@" && REVISION=$2 && shift ;;
        --*) take_option "$@" && shift ;;
        *) take_environment "$1" ;;
    esac
    shift
done
need_context
need_tools helm jq
[[ -z $REVISION || $REVISION =~ ^[1-9][0-9]*$ ]] || usage_error "--revision is '$REVISION'; it must be a number of helm history"

# What was once in force is `superseded`; what is in force stays `deployed` when the upgrade that came after it fails. A
# revision that is itself a rollback stands for the one that it went back to: what came between them was bad.
# shellcheck disable=SC2016 # jq's own variables
readonly PREVIOUS='
    (map({key: "\(.revision)", value: .}) | from_entries) as $all
    | def origin: ((.description // "" | capture("^Rollback to (?<to>[0-9]+)$").to) // "") as $to
        | if $all[$to] then $all[$to] | origin else .revision end;
    last as $newest
    | ($newest | origin) as $present
    | map(select(.status == "superseded" and .revision < $present or .status == "deployed" and .revision < $newest.revision))
    | last | .revision // empty'
if [[ -z $REVISION ]]; then
    # A cluster that can't be asked is no cluster without a release.
    ERRORS=$(mktemp)
    trap 'rm -f "$ERRORS"' EXIT
    HISTORY=$(with_helm history "$RELEASE" --max 256 --output json 2>"$ERRORS") || {
        ! grep -q 'release: not found' "$ERRORS" || fail 3 "there is no release $RELEASE in $NAMESPACE"
        fail 1 "helm does not tell the history of $RELEASE" "$(<"$ERRORS")"
    }
    REVISION=$(jq -r "$PREVIOUS" <<<"$HISTORY")
    [[ -n $REVISION ]] || fail 3 "there is no earlier revision of $RELEASE to go back to"
fi

note "Rolling $RELEASE in $NAMESPACE back to revision $REVISION"
MAJOR=$(helm_major)
with_helm rollback "$RELEASE" "$REVISION" "$(wait_option "$MAJOR")" --cleanup-on-fail --timeout "$TIMEOUT" ||
    fail 1 "the rollback to revision $REVISION failed" "look: helm --namespace $NAMESPACE history $RELEASE"
note "$RELEASE runs revision $REVISION again"
