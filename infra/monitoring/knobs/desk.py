# SPDX-License-Identifier: Apache-2.0
"""Martlet: an HTTP receiver on loopback: it answers each POST with the status that it is told to, and hands on what came."""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Desk:
    """Listens until closed; `take`, where there is one, gets each path and body."""

    def __init__(self, status=200, take=None):
        self.status = status
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if take:
                    take(self.path, body)
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
