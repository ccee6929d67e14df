# SPDX-License-Identifier: Apache-2.0
# Martlet: what the stand-in server answers to operators.

"""Builds the /v1 answers from a world of scenarios.py."""

import math
import random
from datetime import UTC, datetime, timedelta

from scenarios import iso, now


def checks(world):
    return {
        "updated_at": iso(world.start),
        "checks": [{key: value for key, value in check.items() if key != "days"} for check in world.checks],
    }


def history(world, check, start, end, step):
    entry = world.find(check)
    begin = datetime.fromisoformat(start)
    finish = datetime.fromisoformat(end)
    size = {"raw": 10, "1m": 60, "1h": 3600, "1d": 86400}[step]
    draw = random.Random(check)
    points = []
    moment = begin
    while moment < finish and len(points) < 2000:
        age = (world.start - moment).total_seconds()
        status = entry["status"] if age < 840 else "DOWN" if 20000 < age < 21200 else "UP"
        value = entry["latency_ms"] * (1 + 0.25 * math.sin(age / 4000)) * draw.uniform(0.85, 1.2)
        down = status == "DOWN"
        points.append(
            {
                "at": iso(moment),
                "status": status,
                "latency_ms": None if down else round(value, 2),
                "latency_max_ms": None if down else round(value * draw.uniform(1.1, 1.9), 2),
                "up": 0 if down else 6,
                "degraded": 0,
                "down": 6 if down else 0,
                "unknown": 0,
            }
        )
        moment += timedelta(seconds=size)
    return {"check": check, "step": step, "points": points}


def slos(world):
    burn = lambda factor, long, short: [
        {
            "long": "1h",
            "short": "5m",
            "factor": 14.4,
            "long_burn": long,
            "short_burn": short,
            "firing": long > 14.4 and short > 14.4,
        },
        {
            "long": "6h",
            "short": "30m",
            "factor": 6,
            "long_burn": long / 2.5,
            "short_burn": short / 2,
            "firing": long / 2.5 > 6 and short / 2 > 6,
        },
        {"long": "3d", "short": "6h", "factor": 1, "long_burn": factor, "short_burn": long / 2.5, "firing": False},
    ]
    if not world.checks:
        return {"slos": []}
    bad = world.name == "down"
    return {
        "slos": [
            {
                "id": "api",
                "name": "Public API availability",
                "objective": 0.999,
                "window": "30d",
                "indicator": "availability",
                "sli": 0.99942 if not bad else 0.9985,
                "sli_without_maintenance": 0.99961,
                "budget_remaining": 0.42 if not bad else -0.5,
                "burn": burn(0.8, 2.1 if not bad else 21.5, 0.3 if not bad else 33.0),
                "low_traffic": False,
            },
            {
                "id": "pay",
                "name": "Payments answer within 300 ms",
                "objective": 0.99,
                "window": "7d",
                "indicator": "latency",
                "sli": 0.9931,
                "sli_without_maintenance": 0.9931,
                "budget_remaining": 0.31,
                "burn": burn(1.3, 3.0, 1.2),
                "exhausted_at": iso(now() + timedelta(days=2, hours=5)),
                "low_traffic": True,
            },
        ]
    }


def events(world, query):
    """The newest first, those after the event `before`."""
    before, limit = query.get("before"), int(query["limit"])
    start = next((place for place, event in enumerate(world.events, 1) if event["id"] == before), 0)
    page = world.events[start : start + limit]
    return {"events": page, "next": page[-1]["id"] if start + limit < len(world.events) else None}


def aggregators(world):
    seen = lambda seconds: iso(now() - timedelta(seconds=seconds))
    return {
        "aggregators": [
            {
                "id": "agg-ber-1",
                "location": "ber",
                "address": "10.0.0.4:7301",
                "started_at": seconds_ago(90000),
                "seen_at": seen(2),
                "checks": len(world.checks),
                "leads": True,
            },
            {
                "id": "agg-nyc-1",
                "location": "nyc",
                "address": "10.1.0.4:7301",
                "started_at": seconds_ago(80000),
                "seen_at": seen(4),
                "checks": len(world.checks),
                "leads": False,
            },
            {
                "id": "agg-sgp-1",
                "location": "sgp",
                "address": "10.2.0.4:7301",
                "started_at": seconds_ago(70000),
                "seen_at": seen(400),
                "checks": 0,
                "leads": False,
            },
        ]
    }


def seconds_ago(seconds):
    return iso(datetime.now(UTC) - timedelta(seconds=seconds))


def receivers(world):
    return {
        "receivers": [
            {
                "name": "on-call",
                "kind": "pagerduty",
                "last": {"at": seconds_ago(830), "event": "incident.opened", "state": "completed"},
            },
            {
                "name": "chat",
                "kind": "slack",
                "last": {
                    "at": seconds_ago(815),
                    "event": "incident.opened",
                    "state": "retryable",
                    "error": "429 Too Many Requests",
                },
            },
            {"name": "archive", "kind": "webhook", "last": None},
        ]
    }


def backups(world):
    known = world.backups()
    if not known:
        return {"backups": []}
    finding = "the recovery took 18120 s, longer than 14400 s" if known["state"] == "failed" else None
    return {
        "backups": [
            {"system": "7713316879200387876", **known, "finding": finding},
            {
                "system": "7522990011223344556",
                "state": "late",
                "last_backup": {"at": seconds_ago(40 * 86_400), "state": "late"},
                "last_drill": {"state": "late"},
            },
        ]
    }
