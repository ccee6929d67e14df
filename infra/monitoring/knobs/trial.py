# SPDX-License-Identifier: Apache-2.0
"""Martlet: one knob tried: quiet before, the one alert that it must fire and no other, turned back, quiet again."""
import time
from dataclasses import dataclass, field

from process import wait_until

# After the alert has come, seconds in which others would.
HOLD = 2.0
# Seconds without any alert that count as quiet.
QUIET = 2.0


@dataclass
class Outcome:
    """What came of it."""

    name: str
    alert: str
    problems: list = field(default_factory=list)
    skipped: str = ""
    seconds_to_alert: float | None = None
    seconds_to_quiet: float | None = None
    seconds: float = 0.0
    silenced: list = field(default_factory=list)
    companions: list = field(default_factory=list)

    @property
    def passed(self):
        return not self.problems and not self.skipped


class Trial:
    """Tries one knob on a stage."""

    def __init__(self, stage, knob, say):
        self._stage, self._knob, self._say = stage, knob, say
        self._outcome = Outcome(knob.name, knob.alert)

    def run(self):
        """Never raises for what the fault does: that is a problem in the outcome."""
        began = time.monotonic()
        try:
            if reason := self._knob.lacks(self._stage):
                self._outcome.skipped = reason
            else:
                self._try()
        except Exception as error:
            self._problem(f"{type(error).__name__}: {error}")
        self._outcome.seconds = time.monotonic() - began
        return self._outcome

    def _problem(self, text):
        self._outcome.problems.append(text)

    def _try(self):
        stage, knob = self._stage, self._knob
        stage.load.be_usual()
        knob.prepare(stage)
        stage.receiver.clear()
        stage.watchers.start(knob.pace)
        time.sleep(knob.history)
        if before := stage.watchers.fired():
            return self._problem(f"not quiet before the fault: {_names(before)}")
        self._labels = {"alertname": knob.alert, **knob.labels(stage)}
        self._turned = time.monotonic()
        try:
            knob.turn(stage)
            self._await_alert()
        finally:
            self._back()
        self._await_quiet()
        self._judge()
        return None

    def _await_alert(self):
        try:
            notice = wait_until("the alert", lambda: self._notice("firing"), self._knob.within,
                                meanwhile=lambda: self._knob.meanwhile(self._stage))
        except TimeoutError:
            return self._problem(f"{self._labels} did not arrive within {self._knob.within:.0f} s")
        self._outcome.seconds_to_alert = notice.at - self._turned
        self._say(f"{self._knob.alert} after {self._outcome.seconds_to_alert:.1f} s")
        return time.sleep(HOLD)

    def _back(self):
        try:
            self._stage.settle()
        finally:
            self._knob.back(self._stage)

    def _notice(self, status):
        return next((notice for notice in self._stage.receiver.notices
                     if notice.status == status and self._labels.items() <= notice.labels.items()), None)

    def _await_quiet(self):
        turned_back, since = time.monotonic(), None
        while True:
            now = time.monotonic()
            noise = [labels for labels in self._stage.watchers.firing() if labels["alertname"] not in self._knob.remembered]
            since = None if noise else since or now
            told = self._outcome.seconds_to_alert is None or self._notice("resolved")
            if since and told and now - since >= QUIET:
                self._outcome.seconds_to_quiet = since - turned_back
                return None
            if now - turned_back > self._knob.quiet:
                reason = f"still firing: {_names(noise)}" if noise else f"{self._knob.alert} was not reported as resolved"
                return self._problem(f"not quiet within {self._knob.quiet:.0f} s of turning back; {reason}")
            self._knob.meanwhile(self._stage)
            time.sleep(0.2)

    def _judge(self):
        knob, outcome = self._knob, self._outcome
        arrived = [notice.labels for notice in self._stage.receiver.notices if notice.status == "firing"]
        fired = self._stage.watchers.fired()
        others = [labels for labels in fired if not self._labels.items() <= labels.items()]
        outcome.silenced = sorted({labels["alertname"] for labels in others if labels["alertname"] in knob.silenced})
        outcome.companions = sorted({labels["alertname"] for labels in others
                                     if labels["alertname"] in {**knob.companions, **knob.remembered}})
        known = {**knob.silenced, **knob.companions, **knob.remembered}
        if stray := [labels for labels in others if labels["alertname"] not in known]:
            self._problem(f"fired as well: {_names(stray)}")
        loud = [labels for labels in arrived
                if labels["alertname"] in knob.silenced and labels["alertname"] not in {**knob.companions, **knob.remembered}]
        if loud:
            self._problem(f"should have been silenced, and arrived: {_names(loud)}")


def _names(alerts):
    """Alerts as text, each once."""
    kept = ("job", "instance", "queue", "pool", "traffic", "loop", "mountpoint")
    texts = {labels["alertname"] + "".join(f" {key}={labels[key]}" for key in kept if labels.get(key)) for labels in alerts}
    return ", ".join(sorted(texts))
