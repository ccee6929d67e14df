# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of the machine: away, a full disk, busy processors."""
import os
import subprocess

from knob import Knob
from process import Process


def _run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")


class _FullDisk:
    """A small file system in a file, filled to the brim."""

    @staticmethod
    def lacks(_stage):
        if os.geteuid() != 0 or not os.path.exists("/dev/loop-control"):
            return "only root can mount a file system, and only where there are loop devices"
        return None

    @staticmethod
    def _place(stage):
        return stage.folder / "disk"

    def turn(self, stage):
        image, place = stage.folder / "disk.img", self._place(stage)
        place.mkdir()
        with open(image, "wb") as file:
            file.truncate(32 << 20)
        _run("mkfs.ext4", "-q", "-F", image)
        _run("mount", "-o", "loop", image, place)
        room = os.statvfs(place)
        with open(place / "filling", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, int(room.f_bavail * room.f_frsize * 0.97))

    def back(self, stage):
        place = self._place(stage)
        if os.path.ismount(place):
            _run("umount", place)


class _Busy:
    """A loop without an end for each processor, as low in priority as can be, so that only idle time is taken."""

    def __init__(self):
        self._loops = []

    def turn(self, stage):
        stage.node.start("--collector.cpu")
        self._loops = [Process(f"busy-{number}", ["nice", "-n", "19", "sh", "-c", "while :; do :; done"], stage.folder / "busy.log")
                       for number in range(os.cpu_count() or 1)]
        for loop in self._loops:
            loop.start()

    def back(self, stage):
        for loop in self._loops:
            loop.kill()
        self._loops = []
        stage.node.start()


_disk, _busy = _FullDisk(), _Busy()

KNOBS = [
    Knob("node-down", "the machine's exporter is killed", "NodeDown",
         lambda stage: stage.node.process.kill(), lambda stage: stage.node.start()),
    Knob("disk-full", "a disk with hardly any room left", "NodeDiskLow", _disk.turn, _disk.back,
         lambda stage: {"mountpoint": str(stage.folder / "disk")}, lacks=_disk.lacks),
    Knob("processors-busy", "all processors are taken", "NodeProcessorBusy", _busy.turn, _busy.back),
]
