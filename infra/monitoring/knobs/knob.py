# SPDX-License-Identifier: Apache-2.0
"""Martlet: what a knob is: a fault, the alert that it must fire, and the few others that may come with it."""
from collections.abc import Callable
from dataclasses import dataclass, field

import pace

# Budgets look back over an hour, a day, three days: they go on after a fault is over, and it would be wrong if they did not.
REMEMBERED = "its window still holds the errors of the fault when that is over: the budget is spent"


def _nothing(_stage):
    return None


@dataclass(frozen=True)
class Knob:
    """One fault."""

    name: str
    what: str
    # The alert that must arrive, and labels that it must bear; with other labels it is another alert, and not expected.
    alert: str
    turn: Callable
    back: Callable
    labels: Callable = lambda _stage: {}
    # Fires, and must not arrive: alert -> why it is silenced.
    silenced: dict = field(default_factory=dict)
    # May arrive: alert -> why it is right that it does.
    companions: dict = field(default_factory=dict)
    # May go on firing when the fault is over: alert -> why.
    remembered: dict = field(default_factory=dict)
    # Called before Prometheus begins to look.
    prepare: Callable = _nothing
    # Called while the alert is awaited.
    meanwhile: Callable = _nothing
    # Why it can't be turned on this machine, or None.
    lacks: Callable = _nothing
    pace: int = pace.USUAL
    # Seconds of traffic that Prometheus must have seen before the fault.
    history: float = 5.0
    # Seconds at most until the alert arrives, and until all is quiet after turning back.
    within: float = 60.0
    quiet: float = 150.0
