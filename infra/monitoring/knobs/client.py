# SPDX-License-Identifier: Apache-2.0
"""Martlet: one keep-alive HTTP connection that speaks JSON."""
import http.client
import json


class Client:
    """Requests to one address on loopback; not to be shared by threads."""

    def __init__(self, port, timeout=5.0):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def ask(self, method, path, body=None):
        """(status, answer): JSON where it is JSON, else text. OSError or HTTPException when there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            self._connection.request(method, path, data, headers)
            reply = self._connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if reply.headers.get_content_type().endswith("json"):
            return reply.status, json.loads(text)
        return reply.status, text.decode(errors="replace")

    def good(self, method, path, body=None):
        """The answer of a request that must succeed."""
        status, answer = self.ask(method, path, body)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path} was answered with {status}: {answer}")
        return answer

    def close(self):
        self._connection.close()


def answers(port, path, timeout=1.0):
    """Whether somebody answers there with 200."""
    client = Client(port, timeout)
    try:
        return client.ask("GET", path)[0] == 200
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        client.close()
