# SPDX-License-Identifier: Apache-2.0
"""Martlet: the programs under test, with the settings that let a fault show within seconds."""
import subprocess

from client import Client, answers
from process import Process, wait_until

# All programs get all of these; each ignores the others'.
SETTINGS = {
    "LOG_FORMAT": "text",
    "MARTLET_ACCESS_LOG": "off",
    "MARTLET_RELAY_DEADLINE": "3s",
    "MARTLET_DATABASE_TIMEOUT": "2s",
    "MARTLET_BATCH_CONCURRENCY": "1",
    "MARTLET_QUEUES": "default,slow,faulty,hooks",
    "MARTLET_LEASE": "3s",
    "MARTLET_MAX_LOSSES": "2",
    "MARTLET_ALLOW_CRASH_JOBS": "true",
    "MARTLET_HTTP_ALLOW": "127.0.0.1",
    # A crash on purpose needs no backtrace, which takes seconds to write.
    "SWIFT_BACKTRACE": "enable=no",
}


class Service:
    """A program on a port of its own; `more` are settings that it alone gets, `words` what stands behind its name."""

    def __init__(self, program, binaries, log, port, postgres, redis, more=None, words=()):
        self.program, self.port = program, port
        self._binary, self._log = f"{binaries}/{program}", log
        self._environment = {**SETTINGS, "DATABASE_URL": postgres.url(), "REDIS_URL": redis.url, "APP_PORT": str(port), **(more or {})}
        self.process = Process(log.stem, [self._binary, *words], log, self._environment)

    @property
    def address(self):
        """As Prometheus names the instance."""
        return f"127.0.0.1:{self.port}"

    def start(self, within=60):
        self.process.start()
        wait_until(f"{self.process.name} is ready", self.is_ready, within)

    def is_ready(self):
        if not self.process.runs:
            raise RuntimeError(f"{self.process.name} ended: {self.process.tail()}")
        return answers(self.port, "/health/ready")

    def migrate(self):
        with open(self._log, "ab") as log:
            subprocess.run([self._binary, "migrate"], env={"PATH": "/usr/bin:/bin", **self._environment}, stdout=log, stderr=log,
                           timeout=120, check=True, cwd="/")

    def _series(self, name):
        client = Client(self.port)
        try:
            text = client.ask("GET", "/metrics")[1]
        finally:
            client.close()
        return [float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.split("{")[0].split(" ")[0] == name]

    def metric(self, name):
        """The sum of a metric's series as the program shows them now."""
        return sum(self._series(name))

    def shows(self, name):
        """Whether the program shows the metric at all."""
        return bool(self._series(name))
