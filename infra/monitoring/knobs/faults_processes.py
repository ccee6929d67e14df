# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of processes: killed, stopped, restarting, short of descriptors, late."""
import resource
import signal
import socket

from knob import Knob
from process import wait_until

TARGETS_OF_THE_ABSENT = {"MartletTargetDown": "that all are missing says it already"}
WITHOUT_WORKERS = {
    **TARGETS_OF_THE_ABSENT,
    "MartletNobodyLeads": "without a worker nobody leads",
    "MartletQueueStalled": "without a worker nothing runs",
    "MartletJobsStartLate": "what has waited for a worker starts late",
}


def kill(services):
    return lambda stage: [service.process.kill() for service in services(stage)]


def start(services):
    """All at once: while one is still missing, what silences its alert may be over already."""
    def work(stage):
        for service in services(stage):
            service.process.start()
        for service in services(stage):
            wait_until(f"{service.process.name} is ready", service.is_ready, 60)
    return work


def send(services, number):
    return lambda stage: [service.process.send(number) for service in services(stage)]


def _instance(service):
    return lambda stage: {"job": service(stage).program, "instance": service(stage).address}


def _restart_loop(stage):
    """Four times from the start, each as soon as it was ready and has been scraped."""
    def again(ends):
        for _ in range(4):
            stage.apis[1].process.send(signal.SIGKILL)
            if ends.wait(4):
                return
    stage.beside(again)


OPEN_FILES = 96


class _Descriptors:
    """Clients that connect and say nothing, to a process that may open few files."""

    def __init__(self):
        self._sockets, self._before = [], None

    def turn(self, stage):
        process = stage.apis[1].process
        self._before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (OPEN_FILES, self._before[1]))
        wanted = int(OPEN_FILES * 0.9) - int(stage.apis[1].metric("process_open_fds"))
        self._sockets = [socket.create_connection(("127.0.0.1", stage.apis[1].port), 5) for _ in range(wanted)]

    def back(self, stage):
        for one in self._sockets:
            one.close()
        self._sockets = []
        if self._before:
            resource.prlimit(stage.apis[1].process.pid, resource.RLIMIT_NOFILE, self._before)


def _stutter(stage):
    """Stops a worker for most of each second: its threads get to new work late."""
    def work(ends):
        process = stage.workers[1].process
        while not ends.is_set():
            process.send(signal.SIGSTOP)
            ends.wait(0.9)
            process.send(signal.SIGCONT)
            ends.wait(0.5)
    stage.beside(work)


def _nothing(_stage):
    return None


_descriptors = _Descriptors()
_api_2, _worker_2 = (lambda stage: stage.apis[1]), (lambda stage: stage.workers[1])
_apis, _workers = (lambda stage: stage.apis), (lambda stage: stage.workers)

KNOBS = [
    Knob("api-killed", "kill -9 of one API of two", "MartletTargetDown",
         kill(lambda stage: stage.apis[1:]), start(lambda stage: stage.apis[1:]), _instance(_api_2)),
    Knob("apis-killed", "kill -9 of all APIs", "MartletAPIAbsent", kill(_apis), start(_apis), silenced=TARGETS_OF_THE_ABSENT),
    Knob("apis-stopped", "SIGSTOP of all APIs", "MartletAPIAbsent",
         send(_apis, signal.SIGSTOP), send(_apis, signal.SIGCONT), silenced=TARGETS_OF_THE_ABSENT),
    Knob("worker-killed", "kill -9 of one worker of two", "MartletTargetDown",
         kill(lambda stage: stage.workers[1:]), start(lambda stage: stage.workers[1:]), _instance(_worker_2)),
    Knob("workers-killed", "kill -9 of all workers", "MartletWorkerAbsent", kill(_workers), start(_workers), silenced=WITHOUT_WORKERS),
    Knob("workers-stopped", "SIGSTOP of all workers", "MartletWorkerAbsent",
         send(_workers, signal.SIGSTOP), send(_workers, signal.SIGCONT), silenced=WITHOUT_WORKERS),
    # At the usual pace a start would take longer than a target may be down.
    Knob("restart-loop", "an API that is killed and started again and again", "MartletProcessRestarts",
         _restart_loop, lambda stage: stage.revive(), _instance(_api_2), meanwhile=lambda stage: stage.revive(), pace=20),
    Knob("descriptors", "clients that hold connections open at an API with a low limit of open files", "MartletFileDescriptorsLow",
         _descriptors.turn, _descriptors.back, _instance(_api_2)),
    Knob("worker-late", "a worker that is stopped most of the time, as on a machine whose processor is taken", "MartletLoopLag",
         _stutter, _nothing, _instance(_worker_2)),
]
