# SPDX-License-Identifier: Apache-2.0
"""Martlet: how much shorter time is, and the few things that can't shrink with it, each with its reason."""
from dataclasses import dataclass

# An alert that waits for 5 minutes fires after 5 seconds.
USUAL = 60

# Prometheus scrapes and evaluates at most this often (seconds); the repository's 15 s divided by 60 is just that.
SHORTEST_INTERVAL = 0.25

# Metrics that the API shows as it last read them from the ledger, every 15 s, whatever the pace: a range over such a counter must
# always hold a change, or its rate is zero most of the time.
READ_EVERY_15_S = (
    "martlet_queue_finished_total", "martlet_ledger_deadlocks_total", "martlet_ledger_commits_total", "martlet_ledger_wal_bytes_total",
)
SHORTEST_RANGE_OVER_READINGS = 20.0

# The loops are measured once a second: a range over that must hold a few.
MEASURED_EVERY_SECOND = ("martlet_loop_lag_seconds_bucket", "martlet_loop_lag_seconds_count")
SHORTEST_RANGE_OVER_MEASURES = 5.0

# Nothing is looked at over less (seconds): a moment's stall of a busy machine is no fault.
SHORTEST_RANGE = 2.0
SHORTEST_LASTING = 1.0

# Thresholds in seconds that must shrink for the fault to be made in minutes: alert -> (in the rule, here, why not less).
THRESHOLDS = {
    "MartletQueueStalled": (300, 45, "a job that is sampled just as it is handed over seems up to 30 s old: sampled every 10 s, read every 15 s"),
    "MartletNobodyLeads": (30, 12, "the lead may be free for 7 s when a leader dies, and that is no fault"),
    "MartletWALBehind": (300, 20, "the server is asked each 5 s, and the receiver is back within 10 s of a fault's end"),
    "MartletOldTransaction": (600, 10, "Martlet's own transactions last milliseconds"),
}

# Thresholds in seconds that stay: they are about one request or one job, and those are not faster here.
KEPT = {
    "MartletLatencyHigh": (0.5, "the objective of one request"),
    "MartletJobsStartLate": (5, "the delay of one job"),
    "MartletLoopLag": (0.25, "the delay of one piece of work"),
    "MartletHealthProbesLate": (10, "the delay of one check"),
}

# Alerts whose `for` can't shrink as far: alert -> (seconds at least, why).
SHORTEST_FOR = {
    "MartletJobsDiscarded": (40.0, "twice its range, as in the rule: one job that failed must be out of the range before"),
    "MartletNobodyLeads": (20.0, "the APIs show a reading for 15 s: one from the moment of a ledger's return must not count as lasting"),
    "MartletHealthNobodyDecides": (15.0, "the lead may be free for 11.5 s when a leader dies, and that is no fault"),
    "MartletHealthTwoDecide": (8.0, "one that decided without the ledger learns within 4 s of its return that another one has the lead"),
}


@dataclass(frozen=True)
class Pace:
    """Divides durations; `factor` 60 makes an hour a minute."""

    factor: int = USUAL

    def interval(self, seconds):
        """A scrape or evaluation interval."""
        return max(SHORTEST_INTERVAL, seconds / self.factor)

    def range(self, seconds, metric):
        """The range of a selector of this metric."""
        floor = (SHORTEST_RANGE_OVER_READINGS if metric in READ_EVERY_15_S
                 else SHORTEST_RANGE_OVER_MEASURES if metric in MEASURED_EVERY_SECOND else SHORTEST_RANGE)
        return max(floor, seconds / self.factor)

    def lasting(self, seconds, alert):
        """The `for` of an alert."""
        floor, _ = SHORTEST_FOR.get(alert, (SHORTEST_LASTING, ""))
        return max(floor, seconds / self.factor) if seconds else 0.0

    def pause(self, seconds):
        """A pause of Alertmanager or of the notifier, in seconds."""
        return max(0.05, seconds / self.factor)
