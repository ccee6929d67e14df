# SPDX-License-Identifier: Apache-2.0
"""Martlet: the two health aggregators of the stage, one location, and the configuration that they share."""
import json
import signal

from desk import Desk
from process import wait_until
from relay import Relay
from services import Service

# Twice as often as the checks of an installation: their probes run into two seconds of a fault, not twenty.
DEFAULTS = {"interval": "2s", "timeout": "1s"}
RECEIVER = "desk"
REFUSED = "martlet_health_configuration_refused"


class Aggregators:
    """They watch every part of the stage and tell one receiver; they reach each other by relays, which knobs cut."""

    def __init__(self, binaries, folder, ports, stage):
        self.desk, self.relays = Desk(), [Relay() for _ in ports]
        self._stage, self._file = stage, folder / "health.yaml"
        self._write([])
        self.services = [self._service(binaries, folder, *place) for place in enumerate(zip(ports, self.relays), 1)]

    def _service(self, binaries, folder, number, place):
        port, relay = place
        relay.lead_to(port)
        return Service("martlet-health", binaries, folder / f"martlet-health-{number}.log", port, self._stage.postgres, self._stage.redis, {
            "MARTLET_HEALTH_CONFIG": str(self._file), "MARTLET_HEALTH_ADDRESS": relay.address})

    def _checks(self):
        stores, stage = ["postgres", "redis"], self._stage
        watched = [("api", service) for service in stage.apis] + [("worker", service) for service in stage.workers]
        return [
            {"id": "postgres", "postgres": {"url": stage.postgres.url()}},
            {"id": "redis", "redis": {"url": stage.redis.url}},
            *({"id": f"{kind}-{service.port}", "martlet": {"url": f"http://{service.address}"}, "depends_on": stores}
              for kind, service in watched),
            {"id": "workers", "workers": {"min_instances": len(stage.workers)}, "depends_on": ["postgres"]},
        ]

    def _write(self, more):
        """JSON is YAML. The new file takes the old one's place at once: half a file would be refused."""
        checks = self._checks() + more
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(json.dumps({"defaults": DEFAULTS, "checks": checks, "receivers": [
            {"name": RECEIVER, "webhook": {"url": self.desk.address}}]}), encoding="utf-8")
        fresh.replace(self._file)
        return len(checks)

    def watch(self, more=()):
        """Has these checks looked at beside the stage's own, and waits until they are shared out."""
        wanted = self._write(list(more))
        for service in self.services:
            service.process.send(signal.SIGHUP)
        wait_until(f"the aggregators have {wanted} checks and refuse nothing",
                   lambda: self.total("martlet_health_checks") == wanted and self.total(REFUSED) == 0, 60)

    def spoil(self, check):
        """Has a check with a mistake in the file, and waits until it is refused; the checks stay what they were."""
        before = self.total("martlet_health_checks")
        self._write([check])
        wait_until("the aggregators refuse the configuration", lambda: self.total(REFUSED) == len(self.services), 30)
        if (after := self.total("martlet_health_checks")) != before:
            raise RuntimeError(f"the aggregators refuse the configuration, and have {after:.0f} checks instead of {before:.0f}")

    def total(self, metric):
        return sum(service.metric(metric) for service in self.services)

    def leader(self):
        """The one that leads, once there is exactly one."""
        leads = lambda: [service for service in self.services if service.metric("martlet_health_leading") == 1]
        return wait_until("one aggregator leads", lambda: len(found := leads()) == 1 and found, 30)[0]

    def close(self):
        self.desk.close()
        for relay in self.relays:
            relay.close()
