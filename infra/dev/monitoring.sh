# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev monitoring: whether Prometheus and Alertmanager understand what is in infra/monitoring, and whether each alert does what it says.

readonly MONITORING=$ROOT/infra/monitoring

cmd_monitoring() {
    (($# == 0)) || die "./dev monitoring takes no arguments"
    ensure_packages monitoring
    note "Checking Prometheus' configuration and rules"
    promtool check config "$MONITORING/prometheus/prometheus.yml" >/dev/null
    promtool check rules "$MONITORING"/prometheus/rules/*.yml >/dev/null
    alerts_are_covered
    summaries_are_common
    note "Testing the alerts"
    promtool test rules "$MONITORING"/prometheus/tests/*.yml
    note "Checking Alertmanager's configuration and routes"
    amtool check-config "$MONITORING/alertmanager/alertmanager.yml" >/dev/null
    routes_are_right
    note "Checking the dashboards"
    python3 -B "$MONITORING/grafana/generate.py" --check
    note "monitoring is in order"
}

# Each alert has a case in which it fires, one in which it does not, and an entry in the runbooks.
alerts_are_covered() {
    local rules=$MONITORING/prometheus/rules/alerts.yml alert alerts missing=()
    mapfile -t alerts < <(sed -n 's/^ *- alert: //p' "$rules")
    ((${#alerts[@]} > 0)) || die "there are no alerts in $rules"
    for alert in "${alerts[@]}"; do
        has_case "$alert" '[1-9]' || missing+=("$alert: no case in which it fires")
        has_case "$alert" '0' || missing+=("$alert: no case in which it stays quiet")
        grep -qx "## $alert" "$ROOT/docs/runbooks.md" || missing+=("$alert: no entry in docs/runbooks.md")
        grep -q "runbooks.md#${alert,,}\$" "$rules" || missing+=("$alert: no link to its entry")
    done
    ((${#missing[@]} == 0)) || die "alerts without their tests" "${missing[@]}"
}

# has_case ALERT VALUE: whether a test expects so many firing alerts of this name.
has_case() {
    grep -hA 2 "alertname=\"$1\"" "$MONITORING"/prometheus/tests/*.yml | grep -qE "exp_samples:.* value: $2}"
}

# Several alerts of one group are told as one, with the summary that they have in common as its title: one that names what differs would leave it empty.
summaries_are_common() {
    local labels differing
    labels=$(sed -n 's/^ *group_by: \[\(.*\)\]$/\1/p' "$MONITORING/alertmanager/alertmanager.yml")
    [[ $labels =~ ^[a-z_]+(, [a-z_]+)*$ ]] || die "there is not one list of labels by which alerts are grouped: '$labels'"
    mapfile -t differing < <(grep -n ' summary:' "$MONITORING"/prometheus/rules/alerts.yml | sed -E "s/\{\{ \\\$labels\.(${labels//, /|}) \}\}//g" | grep -F '{{')
    ((${#differing[@]} == 0)) || die "summaries may hold only the labels by which alerts are grouped ($labels)" "${differing[@]}"
}

routes_are_right() {
    local receiver labels
    while read -r receiver labels; do
        [[ $receiver != \#* && -n $receiver ]] || continue
        # shellcheck disable=SC2086
        amtool config routes test --config.file="$MONITORING/alertmanager/alertmanager.yml" --verify.receivers="$receiver" $labels >/dev/null \
            || die "an alert with $labels does not go to $receiver"
    done <"$MONITORING/alertmanager/routes.txt"
}
