# SPDX-License-Identifier: Apache-2.0
"""Martlet: PromQL cut into its tokens, as far as it takes to find ranges, offsets and numbers.

Texts in quotes and comments stay whole, so a bracket in a label's pattern is never taken for a range.
"""
import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_.]))
      | (?P<number>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z0-9_:]))
      | (?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
      | (?P<sign>==|!=|=~|!~|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)


def tokens(expression):
    """The expression as a list of (kind, text); the texts joined give it back."""
    found = [(match.lastgroup, match.group()) for match in _TOKEN.finditer(expression)]
    if "".join(text for _, text in found) != expression:
        raise ValueError(f"the expression can't be cut into tokens: {expression}")
    return found


def seconds(duration):
    """A Prometheus duration such as `1h30m` in seconds."""
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"'{duration}' is not a duration such as 5m or 1h30m")
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))


def duration(number_of_seconds):
    """Seconds as a Prometheus duration, to the millisecond and never zero."""
    return f"{max(1, round(number_of_seconds * 1000))}ms"


def rescale(expression, scale):
    """The expression with each range, resolution and offset replaced by `scale(seconds, metrics)`.

    `metrics` are the names that the selector before the range holds: a range may have a floor that depends on them.
    """
    written, last_name, depth, braces = [], "", 0, 0
    for kind, text in tokens(expression):
        if text == "{" and kind == "sign":
            braces += 1
        elif text == "}" and kind == "sign":
            braces -= 1
        elif text == "[" and kind == "sign":
            depth += 1
        elif text == "]" and kind == "sign":
            depth -= 1
        elif kind == "name" and braces == 0 and text != "offset":
            last_name = text
        elif kind == "duration":
            text = duration(scale(seconds(text), last_name))
        written.append(text)
    if depth or braces:
        raise ValueError(f"the brackets of the expression do not match: {expression}")
    return "".join(written)


def replace_number(expression, old, new):
    """The expression with the one number `old` replaced; an error unless it occurs exactly once.

    Numbers are compared by value, since Prometheus prints 1000000 as 1e+06.
    """
    found = tokens(expression)
    places = [i for i, (kind, text) in enumerate(found) if kind == "number" and float(text) == float(old)]
    if len(places) != 1:
        raise ValueError(f"the number {old} occurs {len(places)} times, not once, in: {expression}")
    found[places[0]] = ("number", str(new))
    return "".join(text for _, text in found)
