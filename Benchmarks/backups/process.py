# SPDX-License-Identifier: Apache-2.0
"""Martlet: commands with a deadline, their time and memory, and the places where they work."""

import os
import pathlib
import socket
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


def slug(name):
    """A tool's name as a file's."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)
