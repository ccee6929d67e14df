# SPDX-License-Identifier: Apache-2.0
"""Martlet: the webhook receiver that writes down each alert that Alertmanager sends."""
import json
import threading
import time
from dataclasses import dataclass, field

from desk import Desk


@dataclass(frozen=True)
class Notice:
    """One alert of one notification."""

    receiver: str
    status: str
    labels: dict
    at: float = field(default_factory=time.monotonic)

    @property
    def name(self):
        return self.labels["alertname"]


class Receiver:
    """Listens on loopback until closed; the path of a request is the name of the receiver in Alertmanager's routes."""

    def __init__(self):
        self._notices, self._lock = [], threading.Lock()
        self._desk = Desk(take=self._take)

    @property
    def address(self):
        return self._desk.address.removesuffix("/")

    def _take(self, path, body):
        receiver, message = path.strip("/"), json.loads(body)
        with self._lock:
            self._notices += [Notice(receiver, alert["status"], alert["labels"]) for alert in message["alerts"]]

    def clear(self):
        with self._lock:
            self._notices = []

    @property
    def notices(self):
        with self._lock:
            return list(self._notices)

    def close(self):
        self._desk.close()
