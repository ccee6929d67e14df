# SPDX-License-Identifier: Apache-2.0
"""Martlet: the webhook receiver that writes down each alert that Alertmanager sends."""
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer._take(self.path.strip("/"), json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _take(self, receiver, message):
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
        self._server.shutdown()
        self._server.server_close()
