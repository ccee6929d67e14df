# SPDX-License-Identifier: Apache-2.0
"""Martlet: awa-pg as a peer, on its queue-storage engine with its COPY producer (its fastest path)."""

import asyncio
import time
from dataclasses import dataclass

import awa

import peer

QUEUE = "bench"


@dataclass
class Noop:
    number: int
    fill: str


def client():
    return awa.AsyncClient(peer.database_url())


async def setup():
    bench = client()
    await bench.migrate()
    await bench.install_queue_storage()
    await bench.close()


async def enqueue(count):
    bench = client()
    # The first connection and the payloads are made before the clock starts.
    await bench.health_check()
    work = [[Noop(**peer.fields(number)) for number in numbers] for numbers in peer.batches(count)]
    started = time.monotonic()
    for jobs in work:
        await bench.enqueue_many_copy(jobs, queue=QUEUE)
    peer.report(count, started)
    await bench.close()


async def work():
    bench = client()
    record = peer.record()
    pause = peer.job_seconds()

    @bench.task(Noop, queue=QUEUE)
    async def noop(job):
        if record:
            await asyncio.sleep(pause)
            record.add(job.args.number)

    # A killed worker's jobs count as lost after 30 s, as with the other peers (default 90 s).
    await bench.start(
        [(QUEUE, peer.concurrency())],
        poll_interval_ms=50,
        heartbeat_interval_ms=10_000,
        heartbeat_staleness_ms=30_000,
        heartbeat_rescue_interval_ms=5_000,
    )
    peer.ready()
    await asyncio.Event().wait()


if __name__ == "__main__":
    peer.main("awa-pg", setup, enqueue, work, asyncio.run)
