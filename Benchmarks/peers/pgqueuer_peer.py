# SPDX-License-Identifier: Apache-2.0
"""Martlet: pgqueuer as a peer, over asyncpg and uvloop as in its own benchmark."""

import asyncio
import json
import os
import time
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

import peer

ENTRYPOINT = "bench"


async def connect():
    return AsyncpgDriver(await asyncpg.connect(peer.database_url()))


async def setup():
    await Queries(await connect()).install()


async def enqueue(count):
    queries = Queries(await connect())
    work = [[peer.payload(number) for number in numbers] for numbers in peer.batches(count)]
    started = time.monotonic()
    for payloads in work:
        await queries.enqueue([ENTRYPOINT] * len(payloads), payloads, [0] * len(payloads))
    peer.report(count, started)


async def work():
    queuer = PgQueuer(await connect())
    record = peer.record()
    pause = peer.job_seconds()

    @queuer.entrypoint(ENTRYPOINT)
    async def noop(job):
        if record:
            await asyncio.sleep(pause)
            record.add(json.loads(job.payload)["number"])

    batch = int(os.environ.get("PEER_BATCH", "100"))
    running = asyncio.create_task(
        queuer.run(
            batch_size=batch,
            max_concurrent_tasks=max(peer.concurrency(), 2 * batch),
            dequeue_timeout=timedelta(seconds=1),
            heartbeat_timeout=timedelta(seconds=30),
        )
    )
    peer.ready()
    await running


if __name__ == "__main__":
    peer.main("pgqueuer", setup, enqueue, work, uvloop.run)
