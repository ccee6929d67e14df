# SPDX-License-Identifier: Apache-2.0
"""Martlet: knobs that must be reported as failures, each for its own reason: the harness can fail."""
import dataclasses

import faults_health
import faults_processes

_named = {knob.name: knob for knob in [*faults_processes.KNOBS, *faults_health.KNOBS]}


def _nothing(_stage):
    return None


_KILLED = _named["api-killed"]
_ALL_KILLED = _named["apis-killed"]
_AGGREGATORS_KILLED = _named["aggregators-killed"]


def _both(name):
    """What two knobs do, one after the other."""
    def work(stage):
        getattr(_AGGREGATORS_KILLED, name)(stage)
        getattr(_KILLED, name)(stage)
    return work


# Knob and the words that its problems must hold, one text each.
CASES = [
    (dataclasses.replace(_KILLED, name="does-nothing", what="a knob that turns nothing", turn=_nothing, back=_nothing, within=15),
     ["did not arrive"]),
    (dataclasses.replace(_KILLED, name="wrong-alert", what="an API is killed, and another alert expected", alert="MartletBusAway",
                         labels=lambda _stage: {}, within=15),
     ["did not arrive", "fired as well: MartletTargetDown"]),
    (dataclasses.replace(_KILLED, name="wrong-process", what="the alert is right, its instance is not",
                         labels=lambda stage: {"instance": stage.apis[0].address}, within=15),
     ["did not arrive", "fired as well: MartletTargetDown"]),
    (dataclasses.replace(_ALL_KILLED, name="unnamed-companion", what="an alert that comes along and was not named", silenced={}),
     ["fired as well: MartletTargetDown"]),
    (dataclasses.replace(_AGGREGATORS_KILLED, name="told-though-silenced", what="an alert that no cause silences, as no aggregator's absence does an API's",
                         turn=_both("turn"), back=_both("back")),
     ["should have been silenced, and arrived: MartletTargetDown job=martlet-api"]),
    (dataclasses.replace(_KILLED, name="not-turned-back", what="a fault that stays", back=_nothing, quiet=10),
     ["still firing: MartletTargetDown"]),
]
KNOBS = [knob for knob, _ in CASES]


def judge(outcomes):
    """Whether each failed, and for just its reasons."""
    for (knob, wanted), outcome in zip(CASES, outcomes, strict=True):
        said = "; ".join(outcome.problems)
        if len(outcome.problems) != len(wanted) or not all(words in said for words in wanted):
            return False
    return True
