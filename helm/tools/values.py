# SPDX-License-Identifier: Apache-2.0
# Martlet: reads values.yaml as far as its own style goes: two blanks a level, "# --" above each key that has a meaning of its own.

import re
from dataclasses import dataclass, field

from generated import chart

KEY = re.compile(r"^( *)([A-Za-z]+):(?: (.*))?$")


@dataclass
class Value:
    """A documented key: a leaf with its default, or a section with further keys."""

    name: str
    path: str
    description: str
    default: str = ""
    children: list = field(default_factory=list)

    @property
    def is_section(self):
        return bool(self.children)


def read():
    """The documented keys of the chart, as a tree."""
    root = Value("", "", "")
    open_sections = [(-1, root)]
    comment, leaf, leaf_indent = [], None, 0
    for number, line in enumerate((chart() / "values.yaml").read_text().splitlines(), 1):
        text, indent = line.strip(), len(line) - len(line.lstrip())
        if text.startswith("# -- "):
            comment = [text[5:]]
        elif text.startswith("#") and comment:
            comment.append(text[1:].strip())
        elif match := KEY.match(line) if comment else None:
            while open_sections[-1][0] >= indent:
                open_sections.pop()
            parent = open_sections[-1][1]
            leaf = Value(match[2], f"{parent.path}.{match[2]}".lstrip("."), " ".join(comment), match[3] or "")
            leaf_indent = indent
            parent.children.append(leaf)
            open_sections.append((indent, leaf))
            comment = []
        elif not text or text.startswith("#"):
            continue
        elif leaf is not None and indent > leaf_indent:
            leaf.default += ("\n" if leaf.default else "") + line[leaf_indent + 2 :]
        else:
            raise SystemExit(f"values.yaml:{number}: {text}: has no comment that begins with \"# --\"")
    return root


def leaves(value):
    """All leaves below, in their order."""
    if not value.is_section:
        yield value
    for child in value.children:
        yield from leaves(child)
