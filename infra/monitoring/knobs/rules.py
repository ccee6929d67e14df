# SPDX-License-Identifier: Apache-2.0
"""Martlet: the repository's rules, routes and scrape jobs as files for a Prometheus and an Alertmanager whose time is short.

The rules are parsed by Prometheus itself: it loads the repository's files, tells what it has understood, and that is what is rewritten.
"""
import json
import re
from pathlib import Path

import pace as table
import promql


def shortened(groups, pace):
    """The groups of `/api/v1/rules` with their time divided: name of the file -> its contents."""
    files = {}
    for group in groups:
        files.setdefault(Path(group["file"]).stem, []).append({
            "name": group["name"], "interval": promql.duration(pace.interval(group["interval"])),
            "rules": [_rule(rule, pace) for rule in group["rules"]]})
    return {name: {"groups": groups} for name, groups in files.items()}


def _rule(rule, pace):
    expression = promql.rescale(rule["query"], pace.range)
    if rule["type"] == "recording":
        return {"record": rule["name"], "expr": expression, "labels": rule.get("labels") or {}}
    name = rule["name"]
    if name in table.THRESHOLDS:
        old, new, _ = table.THRESHOLDS[name]
        expression = promql.replace_number(expression, old, new)
    if name in table.KEPT:
        promql.replace_number(expression, table.KEPT[name][0], table.KEPT[name][0])
    written = {"alert": name, "expr": expression, "labels": rule["labels"], "annotations": rule["annotations"],
               "for": _lasting(rule["duration"], name, pace)}
    if rule.get("keepFiringFor"):
        written["keep_firing_for"] = promql.duration(pace.lasting(rule["keepFiringFor"], name))
    return written


def _lasting(seconds, name, pace):
    seconds = pace.lasting(seconds, name)
    return promql.duration(seconds) if seconds else "0s"


def check_table(groups):
    """Says which names in the tables of pace.py are no alerts (any more)."""
    alerts = {rule["name"] for group in groups for rule in group["rules"] if rule["type"] == "alerting"}
    unknown = sorted((set(table.THRESHOLDS) | set(table.KEPT) | set(table.SHORTEST_FOR)) - alerts)
    if unknown:
        raise ValueError(f"pace.py names alerts that the rules do not have: {', '.join(unknown)}")
    return alerts


def _sections(text):
    """A YAML file cut at its top-level keys: key -> its lines."""
    found, key = {}, None
    for line in text.splitlines():
        if match := re.match(r"([a-z_]+):", line):
            key = match.group(1)
            found[key] = []
        if key and line.strip() and not line.lstrip().startswith("#"):
            found[key].append(line)
    return found


def _divide(line, keys, divide):
    pattern = rf"^(\s*(?:{'|'.join(keys)}):\s*)(\S+)\s*$"
    return re.sub(pattern, lambda found: found[1] + promql.duration(divide(promql.seconds(found[2]))), line)


def prometheus_configuration(original, pace, rule_files, targets, alertmanager):
    """The repository's prometheus.yml with loopback targets: job -> addresses. Each job must be known, and none may be missing."""
    parts = _sections(original)
    jobs = [found.group(1) for line in parts["scrape_configs"] if (found := re.match(r"\s*- job_name: (\S+)", line))]
    if sorted(jobs) != sorted(targets):
        raise ValueError(f"prometheus.yml scrapes {sorted(jobs)}, the harness knows {sorted(targets)}")
    lines = [_divide(line, ("scrape_interval", "evaluation_interval"), pace.interval) for line in parts["global"]]
    lines.append(f"rule_files: {json.dumps([str(file) for file in rule_files])}")
    if alertmanager:
        lines.append(f"alerting: {{alertmanagers: [{{static_configs: [{{targets: [{json.dumps(alertmanager)}]}}]}}]}}")
    lines.append("scrape_configs:")
    for job in jobs:
        lines += [f"  - job_name: {job}", f"    static_configs: [{{targets: {json.dumps(targets[job])}}}]"]
    return "\n".join(lines) + "\n"


def alertmanager_configuration(original, pace, receiver):
    """The repository's routes and inhibitions as they are, shorter in time, with each receiver a webhook at `receiver`."""
    parts = _sections(original)
    names = [found.group(1) for line in parts["receivers"] if (found := re.match(r"\s*- name: (\S+)", line))]
    route = [_divide(line, ("group_wait", "group_interval", "repeat_interval"), pace.pause) for line in parts["route"]]
    receivers = ["receivers:"]
    for name in names:
        receivers += [f"  - name: {name}", f"    webhook_configs: [{{url: {json.dumps(f'{receiver}/{name}')}, send_resolved: true}}]"]
    return "\n".join(route + receivers + parts["inhibit_rules"]) + "\n"
