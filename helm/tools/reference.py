#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Martlet: writes the reference of all values into the chart's README.md, from the comments of values.yaml. --check compares.

import values
from generated import chart, put

BEGIN, END = "<!-- values: made by helm/tools/reference.py -->", "<!-- end of values -->"


def cell(text):
    return text.replace("|", "\\|")


def default(value):
    """The default in one line; blocks are shown where they are."""
    if "\n" in value.default:
        return "[as it is there](values.yaml)"
    return f"`{cell(value.default)}`" if value.default else ""


def tables(root):
    for section in root.children:
        if not section.is_section:
            continue
        yield f"### `{section.name}`\n\n{section.description}\n\n| Value | Default | |\n|---|---|---|\n"
        for leaf in values.leaves(section):
            yield f"| `{leaf.path}` | {default(leaf)} | {cell(leaf.description)} |\n"
        yield "\n"
    yield "### Others\n\n| Value | Default | |\n|---|---|---|\n"
    for leaf in root.children:
        if not leaf.is_section:
            yield f"| `{leaf.path}` | {default(leaf)} | {cell(leaf.description)} |\n"


def main():
    readme = chart() / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{readme}: {BEGIN} or {END} is missing")
    put({readme: f"{before}{BEGIN}\n\n{''.join(tables(values.read()))}\n{END}{after}"})


if __name__ == "__main__":
    main()
