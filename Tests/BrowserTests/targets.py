# SPDX-License-Identifier: Apache-2.0
# Martlet: small local servers that the real aggregator watches, and that tests break and mend.

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Website(ThreadingHTTPServer):
    """Answers every GET by `status`, and keeps what is posted to it in `posted`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), WebsiteHandler)
        self.status = 200
        self.posted = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def mend(self):
        self.status = 200

    def break_(self):
        self.status = 503


class WebsiteHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.reply(self.server.status, {"status": "ok" if self.server.status == 200 else "no"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.posted.append(json.loads(body or b"null"))
        self.reply(200, {})

    def reply(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Port:
    """A TCP port that listens until it is broken."""

    def __init__(self):
        self.listener = None
        self.number = 0
        self.mend()

    def mend(self):
        if self.listener:
            return
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.number))
        self.listener.listen(512)
        self.number = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    def break_(self):
        if not self.listener:
            return
        # shutdown wakes the thread in accept: close alone would leave the port open until the next connection.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.listener = None


class Flag:
    """A file that a command looks for."""

    def __init__(self, path):
        self.path = path
        self.mend()

    def mend(self):
        self.path.touch()

    def break_(self):
        self.path.unlink(missing_ok=True)
