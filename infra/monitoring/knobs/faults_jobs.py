# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of jobs: nobody serves them, they fail, they wait, their workers die."""
import random
import signal
import threading

from desk import Desk
from knob import Knob
from process import wait_until


def _post(stage, *jobs):
    """Records jobs in one batch and returns their ids."""
    client = stage.api(30)
    try:
        return client.good("POST", "/v1/jobs/batch", list(jobs))["ids"]
    finally:
        client.close()


def _feed(stage, job, pause):
    """Records a job again and again, until the knob is turned back; the list that it returns gets their ids."""
    ids = []

    def work(ends):
        client = stage.api()
        while not ends.is_set():
            ids.append(client.good("POST", "/v1/jobs", job())["id"])
            ends.wait(pause)
        client.close()
    stage.beside(work)
    return ids


def _cancel(stage, ids):
    """Cancels jobs; those that have ended stay as they are, which the API calls a conflict."""
    client = stage.api()
    try:
        for one in ids:
            status, answer = client.ask("POST", f"/v1/jobs/{one}/cancel")
            if status != 409 and not 200 <= status < 300:
                raise RuntimeError(f"the cancellation of {one} was answered with {status}: {answer}")
    finally:
        client.close()


class _Unserved:
    def __init__(self):
        self._ids = []

    def turn(self, stage):
        self._ids = _post(stage, {"kind": "noop", "queue": "nobody"})

    def back(self, stage):
        _cancel(stage, self._ids)


class _BadReceiver:
    """A receiver of webhooks that answers each with 500."""

    def __init__(self):
        self._desk, self._ids = None, []

    def turn(self, stage):
        self._desk = Desk(500)
        self._ids = _feed(stage, lambda: {"kind": "http.request", "queue": "hooks", "max_attempts": 1, "args": {"url": self._desk.address}}, 0.5)

    def back(self, stage):
        if self._desk:
            self._desk.close()
            self._desk = None
        # The host's circuit breaker puts them off; they would fail one by one while other knobs are turned.
        _cancel(stage, self._ids)


PLACES = 128  # of both workers
SLEEP = 6.0


def _sleep(seconds):
    return {"kind": "sleep", "queue": "slow", "args": {"seconds": seconds}}


def _too_slow(stage):
    """More sleeping jobs than places, for eight seconds more than there is room, and as many new ones as end."""
    dice = random.Random(1)
    busy = int(PLACES + 8 * PLACES / SLEEP)
    _post(stage, *[_sleep(dice.uniform(1, 2 * SLEEP - 1)) for _ in range(busy)])
    _feed(stage, lambda: _sleep(dice.uniform(1, 2 * SLEEP - 1)), SLEEP / PLACES)


def _lose(stage):
    """Kills the worker that has most of 110 running jobs, and starts it again."""
    _post(stage, *[_sleep(8) for _ in range(110)])
    running = lambda: [worker.metric("martlet_jobs_running") for worker in stage.workers]
    counts = wait_until("the jobs run", lambda: sum(running()) >= 105 and running(), 20)
    # Half a second in hand, and a job has a lease.
    threading.Event().wait(1.5)
    worker = stage.workers[counts.index(max(counts))]
    worker.process.send(signal.SIGKILL)
    wait_until("the worker has ended", lambda: not worker.process.runs, 10, every=0.02)
    worker.process.start()


_unserved, _bad = _Unserved(), _BadReceiver()

KNOBS = [
    Knob("queue-unserved", "a job in a queue that no worker serves", "MartletQueueStalled", _unserved.turn, _unserved.back,
         lambda _stage: {"queue": "nobody"}, within=150),
    Knob("jobs-fail", "jobs that fail for good", "MartletJobsDiscarded",
         lambda stage: _feed(stage, lambda: {"kind": "fail", "queue": "faulty", "args": {"permanent": True}}, 0.5),
         lambda stage: None, lambda _stage: {"queue": "faulty"}, within=120),
    Knob("webhooks-fail", "a receiver of webhooks that answers with 500 to the last attempt", "MartletJobsDiscarded", _bad.turn, _bad.back,
         lambda _stage: {"queue": "hooks"}, within=120),
    Knob("jobs-late", "more slow jobs than places for them", "MartletJobsStartLate", _too_slow, lambda stage: None, within=90),
    Knob("worker-lost", "kill -9 of a worker with more than fifty jobs in hand", "MartletWorkersLost", _lose, lambda stage: None, pace=30),
    Knob("poison", "a job that ends each worker that runs it", "MartletPoisonPills",
         lambda stage: _post(stage, {"kind": "fail", "queue": "faulty", "args": {"crash": True}}), lambda stage: stage.revive(),
         meanwhile=lambda stage: stage.revive(), within=120, quiet=240, pace=30),
]
