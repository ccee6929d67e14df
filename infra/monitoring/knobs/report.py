# SPDX-License-Identifier: Apache-2.0
"""Martlet: outcomes as lines, a table and JSON."""
import dataclasses


def _seconds(value):
    return "-" if value is None else f"{value:.1f}"


def verdict(outcome):
    return "skipped" if outcome.skipped else "FAILED" if outcome.problems else "ok"


def line(outcome):
    """One outcome in words."""
    if outcome.skipped:
        return f"skipped: {outcome.skipped}"
    if outcome.problems:
        return "FAILED: " + "; ".join(outcome.problems)
    return f"ok: quiet {_seconds(outcome.seconds_to_quiet)} s after turning back"


def table(outcomes, seconds):
    """All outcomes, one a line, and the sum."""
    rows = [("knob", "alert", "verdict", "alert s", "quiet s", "all s", "silenced (s) and companions (c)")]
    for outcome in outcomes:
        others = [f"s:{name}" for name in outcome.silenced] + [f"c:{name}" for name in outcome.companions]
        rows.append((outcome.name, outcome.alert, verdict(outcome), _seconds(outcome.seconds_to_alert),
                     _seconds(outcome.seconds_to_quiet), _seconds(outcome.seconds), " ".join(others)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = ["  ".join([*(text.ljust(width) for text, width in zip(row, widths)), row[-1]]).rstrip() for row in rows]
    passed = sum(outcome.passed for outcome in outcomes)
    return "\n".join(["", *lines, "", f"{passed} of {len(outcomes)} knobs as expected, in {seconds:.0f} s"])


def as_json(outcomes, seconds, good):
    """The same as one object."""
    return {"ok": good, "seconds": round(seconds, 1), "knobs": [
        {**dataclasses.asdict(outcome), "verdict": verdict(outcome).lower()} for outcome in outcomes]}


def listing(knobs, not_turned):
    """The knobs by name, and the alerts that have none."""
    width = max(len(knob.name) for knob in knobs)
    lines = [f"{knob.name.ljust(width)}  {knob.alert}: {knob.what}" for knob in knobs]
    return "\n".join([*lines, "", "No knob for:", *(f"  {alert}: {why}" for alert, why in not_turned.items())])
