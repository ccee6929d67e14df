# SPDX-License-Identifier: Apache-2.0
"""Martlet: steady, light traffic through the APIs, so that every ratio has something to divide by."""
import http.client
import threading
import time

from client import Client

THREADS = 4
# Requests a second of each thread: 32 in all.
RATE = 8.0


class Load:
    """Records a job, lists one, and so on, at each API in turn; an API that does not answer is passed over."""

    def __init__(self, ports):
        self._ports, self._ends = ports, threading.Event()
        self.be_usual()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(THREADS)]

    def be_usual(self):
        """Goes back to the usual rate and mix, after a knob that wanted others."""
        self.rate, self.reads = RATE, True

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(10)

    def _run(self, number):
        clients = [Client(port) for port in self._ports]
        turn, due = number, time.monotonic()
        while not self._ends.is_set():
            turn += 1
            request = ("POST", "/v1/jobs", {"kind": "noop"}) if turn % 2 or not self.reads else ("GET", "/v1/jobs?limit=1", None)
            for step in range(len(clients)):
                try:
                    clients[(turn // 2 + step) % len(clients)].ask(*request)
                    break
                except (OSError, http.client.HTTPException, ValueError):
                    continue
            # After a stall it goes on at its pace, without a burst to catch up.
            due = max(due + 1 / self.rate, time.monotonic() - 0.2)
            self._ends.wait(max(0.0, due - time.monotonic()))
        for client in clients:
            client.close()
