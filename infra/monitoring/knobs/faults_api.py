# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults that clients see: errors at a chosen rate, slow answers at a chosen rate, refusals."""
import itertools
import socket
import threading

from client import Client
from faults_ledger import BUDGETS, SLOWER, grant, revoke
from knob import REMEMBERED, Knob
from load import RATE
from postgres import end, tell

FAST_BURN = "the fast burn says it already"
LATE_WITH_BURN = "17 of 20 requests are in time when the budget burns six times too fast, and this asks for 19"
OUTLASTS_FAST_BURN = "the fast burn silences it, and ends a little earlier: it asks for 14.4 % of slow requests, this for 5 %"


def _errors(per_second, traffic=1):
    """Requests that fail with 500, since a table may not be read, beside more good ones than usual."""
    def turn(stage):
        client = stage.api()
        job = client.good("POST", "/v1/jobs", {"kind": "noop"})["id"]
        revoke("SELECT", "job_attempt")(stage)

        def work(ends):
            while not ends.is_set():
                status, answer = client.ask("GET", f"/v1/jobs/{job}")
                if status < 500:
                    raise RuntimeError(f"a job whose attempts can't be read was answered with {status}: {answer}")
                ends.wait(1 / per_second)
            client.close()
        stage.beside(work)

    def prepare(stage):
        stage.load.rate = RATE * traffic

    return prepare, turn


def _slow(at_once):
    """Once a second so many requests that wait nearly a second for a row that somebody else holds."""
    def turn(stage):
        session = stage.postgres.session("SELECT 1;")
        port = stage.apis[0].port

        def ask(key):
            client = Client(port)
            client.good("POST", "/v1/jobs", {"kind": "noop", "unique_key": key})
            client.close()

        def work(ends):
            for number in itertools.count():
                keys = [f"held-{number}-{each}" for each in range(at_once)]
                rows = ", ".join(f"('{key}', 1, now() + interval '1 hour')" for key in keys)
                tell(session, f"BEGIN; INSERT INTO unique_key (key, job_id, expires_at) VALUES {rows};")
                clients = [threading.Thread(target=ask, args=(key,)) for key in keys]
                for client in clients:
                    client.start()
                ended = ends.wait(0.9)
                tell(session, "ROLLBACK;")
                for client in clients:
                    client.join(10)
                if ended:
                    return end(session)
        stage.beside(work)
    return turn


class _Refusals:
    """A client that never ends its batch holds the only place for one; batches of others are refused, one every two seconds."""

    def __init__(self):
        self._held = None

    def turn(self, stage):
        port = stage.apis[0].port
        self._held = socket.create_connection(("127.0.0.1", port), 5)
        self._held.sendall(b"POST /v1/jobs/batch HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[")

        def work(ends):
            client = Client(port)
            while not ends.wait(2):
                client.ask("POST", "/v1/jobs/batch", [{"kind": "noop"}])
            client.close()
        stage.beside(work)

    def back(self, _stage):
        if self._held:
            self._held.close()
            self._held = None


def _error_knob(name, what, alert, per_second, traffic, **more):
    prepare, turn = _errors(per_second, traffic)
    return Knob(name, what, alert, turn, grant("job_attempt"), prepare=prepare, **more)


_refusals = _Refusals()

KNOBS = [
    _error_knob("errors-burst", "every fifth request fails", "MartletErrorBudgetBurnsFast", 8, 1,
                silenced={"MartletErrorRateHigh": FAST_BURN}, remembered=SLOWER),
    _error_knob("errors-some", "one request in fifty fails for a while, after a good hour", "MartletErrorRateHigh", 2, 3,
                remembered=BUDGETS, history=20),
    _error_knob("errors-six-times", "nine requests in a thousand fail", "MartletErrorBudgetBurns", 0.9, 3, remembered=BUDGETS),
    _error_knob("errors-few", "one request in two hundred fails for a quarter of an hour", "MartletSuccessLow", 0.5, 3,
                history=10, within=90),
    # A day in six minutes, three days in six minutes: the windows of weeks are not worth waiting for.
    _error_knob("errors-slow-burn", "four requests in a thousand fail", "MartletErrorBudgetBurnsSlowly", 0.4, 3,
                remembered={"MartletErrorBudgetTricklesAway": REMEMBERED}, pace=240, within=120),
    _error_knob("errors-trickle", "two requests in a thousand fail", "MartletErrorBudgetTricklesAway", 0.2, 3, pace=720, within=150),
    Knob("slow-burst", "every third request takes a second", "MartletLatencyBudgetBurnsFast", _slow(20), lambda stage: None,
         companions={"MartletLatencyHigh": OUTLASTS_FAST_BURN}, remembered={"MartletLatencyBudgetBurns": REMEMBERED}, history=8),
    Knob("slow-some", "one request in eleven takes a second, after a good hour", "MartletLatencyHigh", _slow(3), lambda stage: None, history=25),
    Knob("slow-six-times", "one request in nine takes a second", "MartletLatencyBudgetBurns", _slow(4), lambda stage: None,
         companions={"MartletLatencyHigh": LATE_WITH_BURN}),
    Knob("batches-refused", "a client that never ends its batch, at an API that takes one at a time", "MartletRequestsRefused",
         _refusals.turn, _refusals.back, lambda _stage: {"traffic": "batch"}),
]
