#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Martlet: copies rules and dashboards of infra/monitoring into the chart, since Helm reads nothing outside of it. --check compares.
#
# In a cluster one Prometheus sees several installations, so each query of a copy asks for a namespace: rules for one that the template puts in
# place of `NAMESPACE`, dashboards for a variable that whoever looks chooses.

import json
import re

from generated import chart, put

SOURCE = chart().parent.parent / "infra" / "monitoring"
TARGET = chart() / "files" / "monitoring"

# A text in quotes, or the name of one of our series (machines are in no namespace) with the brace that opens its labels.
TOKEN = re.compile(r'''"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![\w:.])((?:martlet[_:]\w[\w:]*|process_\w+|up|ALERTS)(?![\w:(]))(\{\s*\}|\{)?''')
# The scrape of machines.
NODES = re.compile(r'[^}]*job="node"')


def within(query, matcher):
    """The query, each selector of ours with one more matcher."""

    def add(match):
        name, brace = match.group(1, 2)
        if name is None or brace == "{" and NODES.match(query, match.end()):
            return match.group(0)
        return f"{name}{{{matcher}," if brace == "{" else f"{name}{{{matcher}}}"

    return TOKEN.sub(add, query)


def rules(text):
    """The lines of a file of rules; queries stand behind `expr:`, or below it, further in."""
    lines, depth = [], None
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip())
        if line.strip() and depth is not None and indent <= depth:
            depth = None
        head = re.match(r"\s*expr: (?!\|)", line)
        if line.lstrip().startswith("#"):
            pass
        elif head:
            if re.match(r"[\"'>]", line[head.end():]):
                raise SystemExit(f"a query in quotes or folded lines is not read: {line.strip()}")
            line = head.group(0) + within(line[head.end():], 'namespace="NAMESPACE"')
        elif re.match(r"\s*expr: \|", line):
            depth = indent
        elif depth is not None:
            line = within(line, 'namespace="NAMESPACE"')
        lines.append(line)
    return "".join(lines)


def dashboard(text):
    """A dashboard whose queries ask for the variable `namespace`: all of them, until one is chosen."""
    matcher = 'namespace=~"$namespace"'
    board = json.loads(text)

    def visit(value):
        if isinstance(value, list):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key in ("expr", "query") and isinstance(inner, str):
                    value[key] = within(inner, matcher)
                else:
                    visit(inner)

    visit(board)
    variables = board["templating"]["list"]
    variables.insert(1, {
        "name": "namespace",
        "type": "query",
        "label": "Namespace",
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": "label_values(martlet_build_info, namespace)",
        "refresh": 2,
        "current": {"text": "All", "value": "$__all"},
    })
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def main():
    files = {}
    for source in sorted((SOURCE / "prometheus" / "rules").glob("*.yml")):
        files[TARGET / "rules" / source.name] = rules(source.read_text())
    for source in sorted((SOURCE / "grafana" / "dashboards").glob("*.json")):
        files[TARGET / "dashboards" / source.name] = dashboard(source.read_text())
    put(files, TARGET)


if __name__ == "__main__":
    main()
