# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of the health aggregators: gone, without a leader, with two, late, deaf receivers, a ledger that takes no history."""
import signal
import socket

from aggregators import RECEIVER
from client import Client
from faults_ledger import grant, revoke
from faults_processes import TARGETS_OF_THE_ABSENT, kill, send, start
from knob import Knob

# The lead's row as a leader leaves it that took it while the ledger's clock ran ahead, and is gone.
FAR_LEASE = "UPDATE health_lead SET owner = 0, expires_at = now() + interval '1 hour'"
END_LEASE = "UPDATE health_lead SET expires_at = now() WHERE owner = 0"


class _Leader:
    """The aggregator that led when the knob was turned."""

    def labels(self, stage):
        self._service = stage.aggregators.leader()
        return {"job": self._service.program, "instance": self._service.address}

    def services(self, _stage):
        return [self._service]


class _Apart:
    """Aggregators that reach neither the ledger's register nor each other."""

    @staticmethod
    def turn(stage):
        for relay in stage.aggregators.relays:
            relay.cut()
        revoke("INSERT, UPDATE", "health_aggregator")(stage)

    @staticmethod
    def back(stage):
        grant("health_aggregator")(stage)
        for relay in stage.aggregators.relays:
            relay.mend()


class _Silent:
    """More checks of a server that never says a word than 256 places can make: each keeps its place until it runs out of time."""

    CHECKS = 3000

    def __init__(self):
        self._socket = None

    def turn(self, stage):
        # Connections wait in the kernel for somebody to accept them.
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=4096)
        target = {"host": "127.0.0.1", "port": self._socket.getsockname()[1], "expect": "ready"}
        # A trouble that nobody believes within the trial's time: what is tried is the delay, and not three thousand incidents.
        stage.aggregators.watch({"id": f"silent-{number}", "tcp": target, "interval": "5s", "timeout": "4s", "failures": 20}
                                for number in range(self.CHECKS))

    def back(self, stage):
        stage.aggregators.watch()
        if self._socket:
            self._socket.close()
            self._socket = None


class _NoHistory:
    """A ledger that takes no history, for so long that 30,000 minutes of checks wait in each aggregator: seven minutes with the most checks."""

    CHECKS = 9990

    def turn(self, stage):
        revoke("INSERT", "health_sample")(stage)
        target = {"host": "127.0.0.1", "port": stage.redis.port}
        stage.aggregators.watch({"id": f"many-{number}", "tcp": target, "interval": "1m", "timeout": "5s"} for number in range(self.CHECKS))

    @staticmethod
    def back(stage):
        grant("health_sample")(stage)
        stage.aggregators.watch()


def _refuse(stage):
    """A receiver that refuses what it is told; twice a second it is told something."""
    stage.aggregators.desk.status = 400

    def work(ends):
        client = Client(stage.aggregators.services[0].port)
        while not ends.wait(0.5):
            client.good("POST", f"/v1/receivers/{RECEIVER}/test")
        client.close()
    stage.beside(work)


def _mistake(stage):
    """A check of a kind that does not exist."""
    stage.aggregators.spoil({"id": "mistake", "telepathy": {"target": "postgres"}})


def _listen(stage):
    stage.aggregators.desk.status = 200


def _all(stage):
    return stage.aggregators.services


_leader, _silent, _no_history = _Leader(), _Silent(), _NoHistory()

KNOBS = [
    Knob("aggregator-killed", "kill -9 of the aggregator that leads; the other one takes over", "MartletTargetDown",
         kill(_leader.services), start(_leader.services), _leader.labels),
    Knob("aggregators-killed", "kill -9 of all aggregators", "MartletHealthDown", kill(_all), start(_all), silenced=TARGETS_OF_THE_ABSENT),
    Knob("aggregators-stopped", "SIGSTOP of all aggregators", "MartletHealthDown",
         send(_all, signal.SIGSTOP), send(_all, signal.SIGCONT), silenced=TARGETS_OF_THE_ABSENT),
    Knob("nobody-decides", "the lease of a leader that is gone ends in an hour: the ledger's clock ran ahead, and was put right",
         "MartletHealthNobodyDecides", lambda stage: stage.postgres.sql(FAR_LEASE), lambda stage: stage.postgres.sql(END_LEASE)),
    Knob("two-decide", "aggregators that reach neither the ledger nor each other", "MartletHealthTwoDecide", _Apart.turn, _Apart.back),
    Knob("notifications-refused", "a receiver of notifications that refuses them", "MartletJobsDiscarded", _refuse, _listen,
         lambda _stage: {"queue": "martlet.health"}, within=120),
    Knob("configuration-refused", "the aggregators' configuration is changed and has a mistake", "MartletHealthConfigurationRefused",
         _mistake, lambda stage: stage.aggregators.watch()),
    # Where thousands of checks are looked at, a scrape takes longer than the quarter of a second that it has at the usual pace.
    Knob("checks-late", "checks that run into their time-outs and keep all places", "MartletHealthProbesLate", _silent.turn, _silent.back,
         within=120, pace=20),
    Knob("history-lost", "the ledger takes no history for so long that there is no room for more", "MartletHealthHistoryLost",
         _no_history.turn, _no_history.back, within=540, pace=20),
]
