# SPDX-License-Identifier: Apache-2.0
"""Martlet: child processes that end with the harness, however it ends."""
import os
import signal
import socket
import subprocess
import time


def free_ports(count):
    """Ports on loopback that nobody has now; held together until all are found, so that they differ."""
    held = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.bind(("127.0.0.1", 0))
            held.append(one)
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def wait_until(what, condition, within, every=0.1, meanwhile=None):
    """Asks until the condition holds; TimeoutError with `what` at the deadline. Returns what the condition gave."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not within {within:.0f} s: {what}")
        if meanwhile:
            meanwhile()
        time.sleep(every)
    return found


class Process:
    """A program with its log; started from the main thread only, since the kernel ends it with the thread that started it."""

    def __init__(self, name, command, log, environment=None, prefix=(), death="KILL"):
        self.name, self.log = name, log
        self._command = [*prefix, "setpriv", "--pdeathsig", death, *command]
        self._environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", **(environment or {})}
        self._child = None

    @property
    def pid(self):
        return self._child.pid

    @property
    def runs(self):
        return self._child is not None and self._child.poll() is None

    def start(self):
        if self.runs:
            raise RuntimeError(f"{self.name} runs already")
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment, cwd="/", start_new_session=True)

    def send(self, number):
        """Sends it a signal, if it runs."""
        if self.runs:
            self._child.send_signal(number)

    def stop(self, number=signal.SIGTERM, within=15):
        """Asks it to end and waits; kills it at the deadline. A stopped process is continued first."""
        if not self.runs:
            return
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            self._child.wait(within)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(5)

    def kill(self):
        self.stop(signal.SIGKILL)

    def tail(self, lines=8):
        """The end of its log."""
        try:
            with open(self.log, errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""
