# SPDX-License-Identifier: Apache-2.0
"""Martlet: a private PostgreSQL of the comparison."""

import subprocess

from process import DEADLINE, PG_BIN, Failed, free_port


class Cluster:
    """A private PostgreSQL with checksums, made to last (fsync on)."""

    def __init__(self, folder, settings=()):
        self.folder = folder
        self.port = free_port()
        self.settings = list(settings)

    def make(self):
        self.pg("initdb", "-U", "postgres", "--data-checksums", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D", self.folder)

    def pg(self, program, *words):
        done = subprocess.run([PG_BIN / program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=DEADLINE)
        if done.returncode != 0:
            raise Failed(f"{program} failed:\n{done.stdout[-4000:]}")
        return done.stdout

    def start(self):
        # A copy brings its first server's port along; what is said here goes before.
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder.parent, **dict(self.settings)}
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self.pg("pg_ctl", "-D", self.folder, "-l", f"{self.folder}.log", "-w", "-t", "600", "-o", words, "start")

    def stop(self):
        subprocess.run([PG_BIN / "pg_ctl", "-D", self.folder, "-m", "fast", "-w", "stop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False)

    def restart(self, setting):
        """Starts again with another value of a setting."""
        self.stop()
        self.settings = [one for one in self.settings if one[0] != setting[0]] + [setting]
        self.start()

    def sql(self, text, database="postgres"):
        return self.pg("psql", "-XAtq", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", text).strip()

    def local_url(self, database):
        """By the socket, as on the server's own machine: pgBackRest reads the files there without asking the server."""
        return f"postgres:///{database}?host={self.folder.parent}&port={self.port}&user=postgres"

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"


def counts(cluster, database="martlet"):
    return cluster.sql("SELECT (SELECT count(*) FROM job) || ' jobs, ' || (SELECT count(*) FROM job_done) || ' receipts'", database)
