#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Martlet: its backups and restores beside those of pgBackRest and of PostgreSQL's own programs, on one ledger of real jobs.

    ./dev bench --backups [--size MIB] [--rounds N] [--only physical|logical] [--json FILE]

A private cluster is filled over HTTP by martlet-api (a worker finishes some of the jobs), then each tool backs it up and restores
it, turn about, in each round. Throughput is the size of what is protected divided by the time of the whole command. Memory is
the sum of the resident set of the command and all its children, sampled every 50 ms. Every log file goes to every archive, so that all
pay the same for it.

Environment: COMPARE_BIN (Martlet's release programs), COMPARE_PG_BIN (PostgreSQL's), COMPARE_REDIS_URL, COMPARE_FOLDER (an empty
folder; this must run as the user that owns it, for PostgreSQL refuses root).
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys

from cluster import Cluster, counts
from ledger import fill
from ours import Martlet, MartletLogical
from process import FOLDER, MIB, Failed, say
from theirs import BaseBackup, Dump, PgBackRest

# pgBackRest wants its name in the command.
SCRIPT = FOLDER / "to-martlet-and-pgbackrest.sh"


def archive_to_all(cluster):
    cluster.restart(("archive_command", f"{SCRIPT} %p"))


def archive_nothing(cluster):
    cluster.restart(("archive_command", "/bin/true"))


def turned(tools, number):
    """Another one first in each round."""
    first = number % max(1, len(tools))
    return tools[first:] + tools[:first]


def measure(cluster, tools, logical, rounds, wanted):
    """All figures, by tool and then `backup` and `restore`."""
    figures = {}

    def note(tool, kind, found):
        figures.setdefault(tool.name, {}).setdefault(kind, []).append(found)
        say(f"  {tool.name:24} {kind:16} {found['seconds']:7.2f} s  {found['cpu']:7.2f} s CPU  {found['memory']:6.0f} MiB")

    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        order = turned(tools, number)
        for tool in [*tools, *logical]:
            tool.fresh()
        for tool in order:
            cluster.sql("CHECKPOINT")
            note(tool, "backup", tool.backup())
        for tool in order:
            if not hasattr(tool, "restore"):
                continue
            place = FOLDER / "restored"
            note(tool, "restore", tool.restore(place))
            if number == rounds - 1:
                # A restore that nobody started proves nothing.
                copy = Cluster(place, [("archive_mode", "off")])
                try:
                    copy.start()
                    if counts(copy) != wanted:
                        raise Failed(f"{tool.name} restored {counts(copy)} instead of {wanted}")
                finally:
                    copy.stop()
            shutil.rmtree(place)
        # What a restore into a server writes to its log must not be packed by four archives beside the next tool.
        archive_nothing(cluster)
        for tool in turned(logical, number):
            cluster.sql("CHECKPOINT")
            note(tool, "backup", tool.backup())
            for kind in [name for name in ("restore", "restore_compared") if hasattr(tool, name)]:
                cluster.sql("CREATE DATABASE restored")
                cluster.sql("CHECKPOINT")
                note(tool, kind, getattr(tool, kind)("restored"))
                if counts(cluster, "restored") != wanted:
                    raise Failed(f"{tool.name} restored {counts(cluster, 'restored')} instead of {wanted}")
                cluster.sql("DROP DATABASE restored")
        archive_to_all(cluster)
    return figures


def main():
    words = argparse.ArgumentParser(prog="./dev bench --backups")
    words.add_argument("--size", type=int, default=5_120, metavar="MIB", help="how big the ledger is made; default 5120")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--only", choices=("physical", "logical"), help="half of it")
    words.add_argument("--json", metavar="FILE")
    arguments = words.parse_args()
    cluster = Cluster(FOLDER / "data", [
        ("archive_mode", "on"), ("archive_command", "/bin/true"), ("max_wal_size", "4GB"), ("shared_buffers", "1GB"), ("wal_compression", "off"),
    ])
    cluster.make()
    cluster.start()
    try:
        cluster.sql("CREATE DATABASE martlet")
        say("filling the ledger with jobs over HTTP")
        jobs = fill(cluster, arguments.size * MIB)
        ours = [Martlet("martlet", cluster, True), Martlet("martlet, no encryption", cluster, False)]
        theirs = [PgBackRest("pgbackrest", cluster, True), PgBackRest("pgbackrest, no encryption", cluster, False)]
        everyone = [*ours, *theirs]
        SCRIPT.write_text("#!/bin/sh\nset -e\n" + "".join(tool.archive_line() + "\n" for tool in everyone))
        SCRIPT.chmod(0o700)
        for tool in everyone:
            tool.fresh()
        archive_to_all(cluster)
        base = int(cluster.sql("SELECT sum(pg_database_size(oid)) FROM pg_database"))
        database = int(cluster.sql("SELECT pg_database_size('martlet')"))
        wanted = counts(cluster)
        say(f"{jobs:,} jobs; {wanted}; {base / MIB:,.0f} MiB")
        tools = [] if arguments.only == "logical" else [ours[0], theirs[0], ours[1], theirs[1], BaseBackup(cluster)]
        logical = [] if arguments.only == "physical" else [MartletLogical("martlet logical", cluster, True), Dump(cluster)]
        figures = measure(cluster, tools, logical, arguments.rounds, wanted)
    except Failed as failure:
        log = pathlib.Path(f"{cluster.folder}.log")
        raise Failed(f"{failure}\nthe server's log ends with:\n{log.read_text()[-2000:] if log.exists() else ''}") from None
    finally:
        cluster.stop()
    report = {"jobs": jobs, "content": wanted, "bytes": base, "database_bytes": database, "cores": os.cpu_count(), "tools": {}}
    print(f"\n{'':42}{'MiB/s':>8} {'s':>8} {'CPU s':>8} {'peak MiB':>9} {'stored MiB':>11}")
    for name, kinds in figures.items():
        size = database if name in [tool.name for tool in logical] else base
        for kind, runs in kinds.items():
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            middle["throughput"] = size / MIB / middle["seconds"]
            report["tools"].setdefault(name, {})[kind] = {"median": middle, "runs": runs}
            kept = f"{middle['stored'] / MIB:11,.0f}" if "stored" in middle else ""
            print(f"{name + ' ' + kind:42.42}{middle['throughput']:8.0f} {middle['seconds']:8.2f} {middle['cpu']:8.1f} {middle['memory']:9.0f} {kept}")

    def ratio(kind, one, other):
        runs = report["tools"]
        return statistics.median(b["seconds"] / a["seconds"] for a, b in zip(runs[one][kind]["runs"], runs[other][kind]["runs"]))

    def throughput(name):
        return report["tools"][name]["backup"]["median"]["throughput"]

    bars = []
    if tools:
        bars += [
            ("backup to pgBackRest's, both encrypted", ratio("backup", "martlet", "pgbackrest"), 1.0),
            ("backup to pgBackRest's, neither encrypted", ratio("backup", "martlet, no encryption", "pgbackrest, no encryption"), 1.0),
            ("restore to pgBackRest's, both encrypted", ratio("restore", "martlet", "pgbackrest"), 1.0),
            ("restore to pgBackRest's, neither encrypted", ratio("restore", "martlet, no encryption", "pgbackrest, no encryption"), 1.0),
        ]
    if logical:
        bars += [
            ("logical backup to pg_dump -Fc", ratio("backup", "martlet logical", "pg_dump -Fc"), 1.5),
            ("logical restore to pg_restore, rows counted by both", ratio("restore", "martlet logical", "pg_dump -Fc"), 1.0),
        ]
    if tools and logical:
        bars.append(("physical backup to pg_dump -Fc", throughput("martlet") / throughput("pg_dump -Fc"), 1.5))
    print()
    report["bars"] = []
    for title, value, least in bars:
        report["bars"].append({"title": title, "value": value, "least": least, "met": value >= least})
        print(f"{title:52} {value:5.2f}  at least {least:.1f}  {'met' if value >= least else 'NOT MET'}")
    memory = max(run["memory"] for name, kinds in report["tools"].items() if name.startswith("martlet") for runs in kinds.values() for run in runs["runs"])
    report["bars"].append({"title": "memory", "value": memory, "most": 150, "met": memory < 150})
    print(f"{'most memory of ours':52} {memory:5.0f}  below 150 MiB  {'met' if memory < 150 else 'NOT MET'}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1))
    return 0 if all(bar["met"] for bar in report["bars"]) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"compare: {failure}")
