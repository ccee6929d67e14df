#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Martlet: its backups and restores beside those of pgBackRest and of PostgreSQL's own programs, on one ledger of real jobs.

    ./dev bench --backups [--size MIB] [--rounds N] [--json FILE]

A private cluster is filled over HTTP by martlet-api (a worker finishes some of the jobs), then each tool backs it up and restores
it, turn about, in each round. Throughput is the size of what is protected divided by the time of the whole command. Memory is
the sum of the resident set of the command and all its children, sampled every 50 ms. Every log file goes to every archive, so that all
pay the same for it.

Environment: COMPARE_BIN (Martlet's release programs), COMPARE_PG_BIN (PostgreSQL's), COMPARE_REDIS_URL, COMPARE_FOLDER (an empty
folder; this must run as the user that owns it, for PostgreSQL refuses root).
"""

import argparse
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

BIN = pathlib.Path(os.environ["COMPARE_BIN"])
PG_BIN = pathlib.Path(os.environ["COMPARE_PG_BIN"])
FOLDER = pathlib.Path(os.environ["COMPARE_FOLDER"])
MIB = 1 << 20
# A backup of some GiB takes a minute or two; nothing waits longer than this.
DEADLINE = 1800
PAYLOAD_BYTES = 1_500
JOBS_A_BATCH = 2_000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(text):
    print(text, file=sys.stderr, flush=True)


class Failed(Exception):
    pass


def children(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            continue
    return found


def resident(pid):
    """Bytes of memory of its own that a process has resident; pages shared with other processes count in each."""
    total = 0
    for one in children(pid):
        try:
            with open(f"/proc/{one}/statm") as file:
                total += int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            continue
    return total


def timed(words, environment=None):
    """Runs a command: seconds, seconds of CPU, the most memory in MiB."""
    os.sync()
    before = os.times()
    start = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in words],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    reader.start()
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident(process.pid))
        if time.monotonic() - start > DEADLINE:
            process.kill()
            raise Failed(f"{words[0]} did not end within {DEADLINE} s")
        time.sleep(0.05)
    seconds = time.monotonic() - start
    reader.join()
    if process.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))} ended with {process.returncode}:\n{output[0][-4000:]}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": seconds, "cpu": cpu, "memory": peak / MIB}


def stored(path):
    """Bytes of all files below a folder, or of a file."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


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

    def sql(self, text, database="postgres"):
        return self.pg("psql", "-XAtq", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", text).strip()

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"


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


def slug(name):
    """A tool's name as a file's."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)


class Martlet:
    """Our physical backups in one store."""

    def __init__(self, name, cluster, encrypts):
        self.name = name
        self.store = FOLDER / f"store-{slug(name)}"
        self.store.mkdir()
        self.cluster = cluster
        self.environment = {
            "DATABASE_URL": cluster.url("martlet"),
            "MARTLET_BACKUP_STORES": f"file://{self.store}",
            "MARTLET_BACKUP_COMPRESSION": "zstd:3",
            "MARTLET_BACKUP_LEDGER_COPY": "false",
            "MARTLET_BACKUP_PROGRAMS": str(PG_BIN),
        }
        if encrypts:
            key = FOLDER / f"key-{slug(name)}"
            made = subprocess.run([BIN / "martlet-backup", "keys", "generate", "bench"], capture_output=True, text=True, timeout=60, check=True)
            key.touch(0o600)
            key.write_text(made.stdout)
            self.environment["MARTLET_BACKUP_KEYS_FILE"] = str(key)
        else:
            self.environment["MARTLET_BACKUP_ENCRYPTION"] = "none"

    def fresh(self):
        """An empty store, so that the disk holds one backup of each tool."""
        shutil.rmtree(self.store)
        self.store.mkdir()

    def archive_line(self):
        words = " ".join(f"{name}='{value}'" for name, value in self.environment.items())
        return f"{words} {BIN}/martlet-backup wal-push \"$1\""

    def backup(self):
        return {**timed([BIN / "martlet-backup", "backup"], self.environment), "stored": stored(self.store)}

    def restore(self, place):
        return timed([BIN / "martlet-backup", "restore", "--to", place], self.environment)


class MartletLogical(Martlet):
    """Our logical backups of the one database."""

    def backup(self):
        words = [BIN / "martlet-backup", "backup", "--method", "logical"]
        return {**timed(words, self.environment), "stored": stored(self.store)}

    def restore(self, database):
        return timed([BIN / "martlet-backup", "restore", "--to", self.cluster.url(database)], self.environment)


class PgBackRest:
    def __init__(self, name, cluster, encrypts):
        self.name = name
        self.store = FOLDER / f"repo-{slug(name)}"
        self.store.mkdir()
        self.configuration = FOLDER / f"{slug(name)}.conf"
        cipher = "repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=A-long-pass-phrase-of-the-bench\n" if encrypts else ""
        self.configuration.write_text(
            f"[global]\nrepo1-path={self.store}\n{cipher}repo1-retention-full=100\ncompress-type=zst\ncompress-level=3\n"
            f"process-max={os.cpu_count()}\nstart-fast=y\nlog-level-console=error\nlog-level-file=off\n"
            f"lock-path={FOLDER}/lock-{slug(name)}\nspool-path={FOLDER}/spool-{slug(name)}\n\n"
            f"[compare]\npg1-path={cluster.folder}\npg1-port={cluster.port}\npg1-user=postgres\npg1-socket-path={cluster.folder.parent}\n"
        )
        self.configuration.chmod(0o600)
        self.words = ["pgbackrest", f"--config={self.configuration}", "--stanza=compare"]

    def archive_line(self):
        return " ".join(self.words) + ' archive-push "$1"'

    def fresh(self):
        shutil.rmtree(self.store)
        self.store.mkdir()
        timed([*self.words, "stanza-create"])

    def backup(self):
        return {**timed([*self.words, "--type=full", "backup"]), "stored": stored(self.store)}

    def restore(self, place):
        place.mkdir(mode=0o700)
        return timed([*self.words, f"--pg1-path={place}", "restore"])


class BaseBackup:
    """pg_basebackup into a tar file, compressed by the server's zstd at the same level; nothing encrypted or checked."""

    name = "pg_basebackup"

    def __init__(self, cluster):
        self.cluster = cluster
        self.place = FOLDER / "base"

    def fresh(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def backup(self):
        found = timed([
            PG_BIN / "pg_basebackup", "-h", "127.0.0.1", "-p", self.cluster.port, "-U", "postgres", "-D", self.place, "-F", "tar",
            "-c", "fast", "-X", "fetch", f"--compress=client-zstd:level=3,workers={os.cpu_count()}",
        ])
        return {**found, "stored": stored(self.place)}


class Dump:
    """pg_dump's custom format as most people call it, and pg_restore with a job for each core."""

    name = "pg_dump -Fc"

    def __init__(self, cluster):
        self.cluster = cluster
        self.file = FOLDER / "dump"

    def fresh(self):
        self.file.unlink(missing_ok=True)

    def backup(self):
        return {**timed([PG_BIN / "pg_dump", "-Fc", "-f", self.file, self.cluster.url("martlet")]), "stored": stored(self.file)}

    def restore(self, database):
        return timed([PG_BIN / "pg_restore", "-j", os.cpu_count(), "--exit-on-error", "-d", self.cluster.url(database), self.file])


def counts(cluster, database="martlet"):
    return cluster.sql("SELECT (SELECT count(*) FROM job) || ' jobs, ' || (SELECT count(*) FROM job_done) || ' receipts'", database)


def measure(cluster, tools, logical, rounds, wanted):
    """All figures, by tool and then `backup` and `restore`."""
    figures = {}

    def note(tool, kind, found):
        figures.setdefault(tool.name, {}).setdefault(kind, []).append(found)
        say(f"  {tool.name:24} {kind:8} {found['seconds']:7.2f} s  {found['cpu']:7.2f} s CPU  {found['memory']:6.0f} MiB")

    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        order = tools[number % len(tools):] + tools[:number % len(tools)]
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
        for tool in logical[number % len(logical):] + logical[:number % len(logical)]:
            cluster.sql("CHECKPOINT")
            note(tool, "backup", tool.backup())
            cluster.sql("CREATE DATABASE restored")
            note(tool, "restore", tool.restore("restored"))
            if counts(cluster, "restored") != wanted:
                raise Failed(f"{tool.name} restored {counts(cluster, 'restored')} instead of {wanted}")
            cluster.sql("DROP DATABASE restored")
    return figures


def main():
    words = argparse.ArgumentParser(prog="./dev bench --backups")
    words.add_argument("--size", type=int, default=5_120, metavar="MIB", help="how big the ledger is made; default 5120")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--json", metavar="FILE")
    arguments = words.parse_args()
    script = FOLDER / "to-martlet-and-pgbackrest.sh"  # pgBackRest wants its name in the command.
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
        script.write_text("#!/bin/sh\nset -e\n" + "".join(tool.archive_line() + "\n" for tool in everyone))
        script.chmod(0o700)
        for tool in everyone:
            tool.fresh()
        cluster.stop()
        cluster.settings[1] = ("archive_command", f"{script} %p")
        cluster.start()
        base = int(cluster.sql("SELECT sum(pg_database_size(oid)) FROM pg_database"))
        database = int(cluster.sql("SELECT pg_database_size('martlet')"))
        wanted = counts(cluster)
        say(f"{jobs:,} jobs; {wanted}; {base / MIB:,.0f} MiB")
        tools = [ours[0], theirs[0], ours[1], theirs[1], BaseBackup(cluster)]
        logical = [MartletLogical("martlet logical", cluster, True), Dump(cluster)]
        figures = measure(cluster, tools, logical, arguments.rounds, wanted)
    except Failed as failure:
        log = pathlib.Path(f"{cluster.folder}.log")
        raise Failed(f"{failure}\nthe server's log ends with:\n{log.read_text()[-2000:] if log.exists() else ''}") from None
    finally:
        cluster.stop()
    report = {"jobs": jobs, "content": wanted, "bytes": base, "database_bytes": database, "cores": os.cpu_count(), "tools": {}}
    print(f"\n{'':26} {'MiB/s':>8} {'s':>8} {'CPU s':>8} {'peak MiB':>9} {'stored MiB':>11}")
    for name, kinds in figures.items():
        size = database if name in [tool.name for tool in logical] else base
        for kind, runs in kinds.items():
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            middle["throughput"] = size / MIB / middle["seconds"]
            report["tools"].setdefault(name, {})[kind] = {"median": middle, "runs": runs}
            kept = f"{middle['stored'] / MIB:11,.0f}" if "stored" in middle else ""
            print(f"{name + ' ' + kind:34.34}{middle['throughput']:8.0f} {middle['seconds']:8.2f} {middle['cpu']:8.1f} {middle['memory']:9.0f} {kept}")

    def ratio(kind, one, other):
        runs = report["tools"]
        return statistics.median(b["seconds"] / a["seconds"] for a, b in zip(runs[one][kind]["runs"], runs[other][kind]["runs"]))

    bars = [
        ("backup to pgBackRest's, both encrypted", ratio("backup", "martlet", "pgbackrest"), 1.0),
        ("backup to pgBackRest's, neither encrypted", ratio("backup", "martlet, no encryption", "pgbackrest, no encryption"), 1.0),
        ("restore to pgBackRest's, both encrypted", ratio("restore", "martlet", "pgbackrest"), 1.0),
        ("restore to pgBackRest's, neither encrypted", ratio("restore", "martlet, no encryption", "pgbackrest, no encryption"), 1.0),
        ("physical backup to pg_dump -Fc", report["tools"]["martlet"]["backup"]["median"]["throughput"] / report["tools"]["pg_dump -Fc"]["backup"]["median"]["throughput"], 1.5),
        ("logical backup to pg_dump -Fc", ratio("backup", "martlet logical", "pg_dump -Fc"), 1.5),
        ("logical restore to pg_restore", ratio("restore", "martlet logical", "pg_dump -Fc"), 1.0),
    ]
    memory = max(run["memory"] for name in ("martlet", "martlet, no encryption") for kind in report["tools"][name].values() for run in kind["runs"])
    print()
    report["bars"] = []
    for title, value, least in bars:
        report["bars"].append({"title": title, "value": value, "least": least, "met": value >= least})
        print(f"{title:46} {value:5.2f}  at least {least:.1f}  {'met' if value >= least else 'NOT MET'}")
    report["bars"].append({"title": "memory", "value": memory, "most": 150, "met": memory < 150})
    print(f"{'most memory of a physical backup or restore':46} {memory:5.0f}  below 150 MiB  {'met' if memory < 150 else 'NOT MET'}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1))
    return 0 if all(bar["met"] for bar in report["bars"]) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"compare: {failure}")
