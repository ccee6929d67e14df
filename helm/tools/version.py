#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Martlet: gives the chart and its parts the version of the programs, from which the tags of images follow. --check compares.

import re

from generated import chart, put

SOURCE = chart().parent.parent / "Shared" / "Platform" / "BuildInfo.swift"


def main():
    found = re.search(r'static let version = "([^"]+)"', SOURCE.read_text())
    if not found:
        raise SystemExit(f"{SOURCE}: has no version")
    lines = re.compile(r"^( *(?:version|appVersion)): .*$", re.MULTILINE)
    files = [chart() / "Chart.yaml", *sorted((chart() / "charts").glob("*/Chart.yaml"))]
    put({path: lines.sub(rf"\1: {found[1]}", path.read_text()) for path in files})


if __name__ == "__main__":
    main()
