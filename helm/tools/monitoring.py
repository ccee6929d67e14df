#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Martlet: copies rules and dashboards of infra/monitoring into the chart, since Helm reads nothing outside of it. --check compares.

from generated import chart, put

SOURCE = chart().parent.parent / "infra" / "monitoring"
TARGET = chart() / "files" / "monitoring"


def main():
    files = {}
    for source in sorted((SOURCE / "prometheus" / "rules").glob("*.yml")):
        files[TARGET / "rules" / source.name] = source.read_text()
    for source in sorted((SOURCE / "grafana" / "dashboards").glob("*.json")):
        files[TARGET / "dashboards" / source.name] = source.read_text()
    put(files, TARGET)


if __name__ == "__main__":
    main()
