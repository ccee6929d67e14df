# SPDX-License-Identifier: Apache-2.0
"""Martlet: a ledger of real jobs, made over HTTP by its own programs."""

import http.client
import os
import random
import signal
import subprocess
import time

from process import BIN, FOLDER, MIB, Failed, free_port, say

PAYLOAD_BYTES = 1_500
JOBS_A_BATCH = 2_000


class Program:
    """One of Martlet's programs while it runs."""

    def __init__(self, name, environment):
        self.name = name
        self.port = free_port()
        self.log = open(FOLDER / f"{name}.log", "w")
        self.process = subprocess.Popen(
            [BIN / name],
            env={**os.environ, **environment, "APP_PORT": str(self.port), "MARTLET_BIND": "127.0.0.1"},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )

    def ready(self):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        raise Failed(f"{self.name} is not ready; see {self.log.name}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fill(cluster, size):
    """Enqueues jobs over HTTP until the database has `size` bytes; a worker finishes some of them."""
    # English-like texts with numbers in them: about what JSON of applications compresses to.
    chance = random.Random(20261128)
    words = ["".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(3, 9))) for _ in range(5_000)]
    text = " ".join(chance.choice(words) if chance.random() < 0.8 else str(chance.randrange(10**9)) for _ in range(3_000_000))
    environment = {"DATABASE_URL": cluster.url("martlet"), "REDIS_URL": os.environ["COMPARE_REDIS_URL"], "MARTLET_REDIS_PREFIX": "compare"}
    migrated = subprocess.run([BIN / "martlet-api", "migrate"], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    if migrated.returncode != 0:
        raise Failed(f"the migration failed:\n{migrated.stderr[-2000:]}")
    api = Program("martlet-api", environment).ready()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=120)
        jobs = 0
        while True:
            for _ in range(20):
                rows = []
                for number in range(JOBS_A_BATCH):
                    at = chance.randrange(len(text) - PAYLOAD_BYTES)
                    rows.append(f'{{"kind":"noop","args":{{"number":{jobs + number},"text":"{text[at:at + PAYLOAD_BYTES]}"}}}}')
                connection.request("POST", "/v1/jobs/batch", "\n".join(rows), {"Content-Type": "application/x-ndjson"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in (200, 201, 202):
                    raise Failed(f"a batch was answered with {answer.status}: {body[:500]}")
                jobs += JOBS_A_BATCH
            bytes_now = int(cluster.sql("SELECT pg_database_size('martlet')"))
            say(f"  {jobs:,} jobs, {bytes_now / MIB:,.0f} of {size / MIB:,.0f} MiB")
            if bytes_now >= size:
                break
        worker = Program("martlet-worker", {**environment, "MARTLET_QUEUES": "default"}).ready()
        time.sleep(15)
        worker.stop()
    finally:
        api.stop()
    cluster.sql("VACUUM ANALYZE", "martlet")
    cluster.sql("CHECKPOINT")
    return jobs
