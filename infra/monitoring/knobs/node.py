# SPDX-License-Identifier: Apache-2.0
"""Martlet: the exporter of this machine, which shows only what knobs turn at: what others do on the machine is no fault of ours."""
import re

from process import Process


class Node:
    """Shows disks that are mounted after its start, and the processors when told to."""

    def __init__(self, folder, port):
        self.port = port
        with open("/proc/mounts", encoding="utf-8") as file:
            mounted = sorted({re.escape(line.split()[1]) for line in file})
        self._log = folder / "node.log"
        self._command = [
            "prometheus-node-exporter", f"--web.listen-address={self.address}", "--log.level=error", "--collector.disable-defaults",
            "--collector.filesystem", f"--collector.filesystem.mount-points-exclude=^({'|'.join(mounted)})$"]
        self.process = self._process([])

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _process(self, options):
        return Process("node-exporter", [*self._command, *options], self._log)

    def start(self, *options):
        """Starts it anew, with more collectors if any are named."""
        self.process.kill()
        self.process = self._process(options)
        self.process.start()
