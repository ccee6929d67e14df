# SPDX-License-Identifier: Apache-2.0
"""Martlet: what the Python peers share: their command line, the payload, and the record of runs.

Each peer is one program with four commands, driven by `martlet-bench --peers`:

    PEER version          prints the queue's version
    PEER setup            makes the schema
    PEER enqueue COUNT    hands over COUNT jobs in batches of 1,000 and prints {"jobs": ..., "seconds": ...}
    PEER work             runs jobs until it is ended; prints "ready" once it has started

Environment: PEER_DATABASE_URL, PEER_CONCURRENCY; PEER_RECORD names a file to which each run of a job appends its number,
after PEER_JOB_SECONDS of sleep. Without PEER_RECORD a job does nothing.
"""

import json
import os
import sys
import time
from importlib import metadata

BATCH = 1_000
PAYLOAD_BYTES = 200


def database_url():
    return os.environ["PEER_DATABASE_URL"]


def concurrency():
    return int(os.environ.get("PEER_CONCURRENCY", "64"))


def job_seconds():
    return float(os.environ.get("PEER_JOB_SECONDS", "0"))


def fields(number):
    """The fields of one job; as JSON they have 200 bytes."""
    empty = len(json.dumps({"number": number, "fill": ""}, separators=(",", ":")))
    return {"number": number, "fill": "x" * (PAYLOAD_BYTES - empty)}


def payload(number):
    return json.dumps(fields(number), separators=(",", ":")).encode()


def batches(count):
    """The numbers of all jobs, 1,000 at a time."""
    for start in range(0, count, BATCH):
        yield range(start, min(start + BATCH, count))


class Record:
    """The file of runs. What was written to it stays when the process is killed, so it can bear witness."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def add(self, number):
        os.write(self.file, b"%d\n" % number)


def record():
    path = os.environ.get("PEER_RECORD")
    return Record(path) if path else None


def ready():
    print("ready", flush=True)


def report(count, started):
    print(json.dumps({"jobs": count, "seconds": time.monotonic() - started}), flush=True)


def main(package, setup, enqueue, work, run):
    """Runs the command that was asked for; `run` drives a coroutine to its end."""
    match sys.argv[1:]:
        case ["version"]:
            print(metadata.version(package))
        case ["setup"]:
            run(setup())
        case ["enqueue", count]:
            run(enqueue(int(count)))
        case ["work"]:
            run(work())
        case _:
            sys.exit(__doc__)
