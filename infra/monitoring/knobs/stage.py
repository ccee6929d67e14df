# SPDX-License-Identifier: Apache-2.0
"""Martlet: an installation of its own: PostgreSQL, Redis, two APIs, two workers, two health aggregators, a machine's exporter,
the watchers and the load."""
import shutil
import threading
from pathlib import Path

from aggregators import Aggregators
from backups import Backups
from client import Client
from load import Load
from node import Node
from postgres import Postgres
from process import free_ports, wait_until
from receiver import Receiver
from redis import Redis
from services import Service
from watchers import Watchers


class Stage:
    """Everything that knobs turn at. `folder` is a scratch folder that the servers' user can enter."""

    def __init__(self, repository, folder, binaries, postgres_binaries, server_user):
        self.repository, self._root = Path(repository), Path(folder)
        self._binaries, self._postgres_binaries, self._server_user = binaries, postgres_binaries, server_user
        self._round, self._beside, self._failure = 0, [], None
        self.apis, self.workers, self.aggregators, self.backups = [], [], None, None
        self.receiver = Receiver()

    def build(self):
        """Starts it all, in a fresh part of the folder."""
        self._round += 1
        self.folder = self._root / f"stage-{self._round}"
        self.folder.mkdir()
        self.folder.chmod(0o755)
        ports = free_ports(10)
        self.postgres = Postgres(self._postgres_binaries, self._server_user, self.folder, self.folder / "postgres.log", ports[0])
        self.redis = Redis(self.folder, self.folder / "redis.log", ports[1])
        self.node = Node(self.folder, ports[6])
        self.postgres.start()
        self.redis.start()
        self.postgres.sql("CREATE ROLE martlet LOGIN; GRANT pg_read_all_stats TO martlet", "postgres")
        self.postgres.sql("CREATE DATABASE martlet OWNER martlet", "postgres")
        self.apis = [self._service("martlet-api", number, ports[1 + number]) for number in (1, 2)]
        self.workers = [self._service("martlet-worker", number, ports[3 + number]) for number in (1, 2)]
        self.aggregators = Aggregators(self._binaries, self.folder, ports[7:9], self)
        self.backups = Backups(self._binaries, self.folder, ports[9], self.postgres, self.redis, self._server_user)
        self.apis[0].migrate()
        for service in self.services:
            service.process.start()
        for service in self.services:
            wait_until(f"{service.process.name} is ready", service.is_ready, 90)
        # A new installation has no counts for up to 25 s: the leader counts every 10 s, and the APIs ask every 15 s.
        for api in self.apis:
            wait_until("the APIs show the ledger's counts", lambda shown=api: shown.shows("martlet_ledger_sample_age_seconds"), 90)
        self.aggregators.leader()
        self.node.start()
        self.load = Load([api.port for api in self.apis])
        self.load.start()
        self.watchers = Watchers(self.repository, self.folder, {
            "martlet-api": [api.address for api in self.apis], "martlet-worker": [worker.address for worker in self.workers],
            "martlet-backup": self.backups.addresses, "martlet-health": [service.address for service in self.aggregators.services], "node": [self.node.address]}, self.receiver)

    def _service(self, program, number, port):
        return Service(program, self._binaries, self.folder / f"{program}-{number}.log", port, self.postgres, self.redis)

    @property
    def services(self):
        return self.apis + self.workers + (self.aggregators.services if self.aggregators else [])

    def api(self, timeout=5.0):
        """A connection to the first API."""
        return Client(self.apis[0].port, timeout)

    def beside(self, work):
        """Runs `work(ends)` in a thread until `settle`; `ends` is an event. Its error fails the knob."""
        ends = threading.Event()

        def run():
            try:
                work(ends)
            except Exception as error:  # told by settle
                self._failure = error

        thread = threading.Thread(target=run, daemon=True)
        self._beside.append((ends, thread))
        thread.start()

    def settle(self):
        """Ends what runs beside, and raises what went wrong there."""
        for ends, _ in self._beside:
            ends.set()
        for _, thread in self._beside:
            thread.join(20)
        self._beside, failure, self._failure = [], self._failure, None
        if failure:
            raise failure

    def revive(self):
        """Starts again each service that has ended, without waiting for it."""
        for service in self.services:
            if not service.process.runs:
                service.process.start()

    def tear_down(self):
        """Ends everything and removes its files."""
        for ends, _ in self._beside:
            ends.set()
        self._beside, self._failure = [], None
        if hasattr(self, "load"):
            self.load.stop()
        if hasattr(self, "watchers"):
            self.watchers.stop()
        for service in self.services:
            service.process.kill()
        if self.aggregators:
            self.aggregators.close()
        if self.backups:
            self.backups.service.process.kill()
        self.apis, self.workers, self.aggregators, self.backups = [], [], None, None
        for server in (getattr(self, name) for name in ("node", "redis") if hasattr(self, name)):
            server.process.kill()
        if hasattr(self, "postgres"):
            self._stop_postgres()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _stop_postgres(self):
        if self.postgres.process.runs:
            self.postgres.resume()
        self.postgres.crash()
