# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of Redis: killed, full, turned into a replica, forgetful."""
from knob import Knob

WITHOUT_BUS = {
    "MartletBusUnsteady": "a bus that is away is begun anew when it returns",
    "MartletJobsStartLate": "without the bus jobs start later",
}


def _forget(stage):
    """Flushes six times, each after the bus was begun anew."""
    def work(ends):
        for _ in range(6):
            stage.redis.command("FLUSHALL")
            if ends.wait(2.5):
                return
    stage.beside(work)


KNOBS = [
    Knob("redis-killed", "Redis is killed", "MartletBusAway",
         lambda stage: stage.redis.process.kill(), lambda stage: stage.redis.start(), silenced=WITHOUT_BUS),
    Knob("redis-full", "Redis has no memory for more (noeviction)", "MartletBusAway",
         lambda stage: stage.redis.command("CONFIG", "SET", "maxmemory", "1"),
         lambda stage: stage.redis.command("CONFIG", "SET", "maxmemory", "256mb"), silenced=WITHOUT_BUS),
    Knob("redis-replica", "Redis was made a replica, and refuses writes", "MartletBusAway",
         lambda stage: stage.redis.command("REPLICAOF", "127.0.0.1", "1"),
         lambda stage: stage.redis.command("REPLICAOF", "NO", "ONE"), silenced=WITHOUT_BUS),
    Knob("redis-forgets", "Redis is flushed again and again", "MartletBusUnsteady", _forget, lambda stage: None),
]
