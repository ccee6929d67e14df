# SPDX-License-Identifier: Apache-2.0
"""Martlet: a receiver of webhooks that answers with whatever status it is told to."""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Desk:
    """Listens on loopback until closed."""

    def __init__(self, status=200):
        self.status = status
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
