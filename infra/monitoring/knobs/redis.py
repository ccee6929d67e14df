# SPDX-License-Identifier: Apache-2.0
"""Martlet: a private Redis, and the few words of its protocol that knobs need."""
import socket

from process import Process, wait_until


class Redis:
    """Keeps nothing on disk: a restarted one has forgotten everything, which the bus must bear anyway."""

    def __init__(self, folder, log, port):
        self.port = port
        self.process = Process("redis", [
            "redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no",
            "--dir", str(folder), "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"], log)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process.start()
        wait_until("Redis answers", self.answers, 30)

    def answers(self):
        try:
            return self.command("PING") == "+PONG"
        except OSError:
            return False

    def command(self, *words):
        """The first line of the answer; an error of the server is raised."""
        request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection, connection.makefile("rb") as answer:
            connection.sendall(request.encode())
            line = answer.readline().decode().strip()
        if line.startswith("-"):
            raise RuntimeError(f"Redis refused {words[0]}: {line}")
        return line
