# SPDX-License-Identifier: Apache-2.0
"""Martlet: the Prometheus and the Alertmanager that watch, begun anew for each knob so that no knob sees another's history."""
import json
import shutil
import signal
import subprocess
import urllib.parse

import rules
from client import Client, answers
from pace import Pace
from process import Process, free_ports, wait_until


class Watchers:
    """Writes the derived files to `folder` and runs both programs on them."""

    def __init__(self, repository, folder, targets, receiver):
        self._monitoring, self._folder = repository / "infra/monitoring", folder
        self._targets, self._receiver = targets, receiver
        self._groups = self._parse()
        self.alerts = rules.check_table(self._groups)
        self._processes = []
        self._port = None

    def _parse(self):
        """What Prometheus understands of the repository's rule files."""
        (port,) = free_ports(1)
        self._write("parse.yml", "rule_files: " + json.dumps([str(self._monitoring / "prometheus/rules/*.yml")]))
        process = self._prometheus("parse", port, self._folder / "parse.yml", ())
        process.start()
        try:
            wait_until("Prometheus has read the rules", lambda: answers(port, "/-/ready"), 60)
            groups = Client(port).good("GET", "/api/v1/rules")["data"]["groups"]
        finally:
            process.stop()
        if not groups:
            raise RuntimeError(f"Prometheus found no rules in {self._monitoring}")
        return groups

    def _write(self, name, text):
        path = self._folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def _prometheus(self, name, port, configuration, options):
        data = self._folder / f"{name}-data"
        shutil.rmtree(data, ignore_errors=True)
        return Process("prometheus", ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={data}",
                                      f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *options],
                       self._folder / "prometheus.log")

    def start(self, factor):
        """Both programs with empty stores, at this pace; returns when each target was scraped and requests are counted.

        Prometheus takes five seconds to begin scraping, whatever the pace, and at 60 that would be five minutes without any process:
        so the rules follow when the targets are seen.
        """
        self.stop()
        pace = Pace(factor)
        port, manager_port = free_ports(2)
        files = [self._write(f"{name}.json", json.dumps(contents, indent=1))
                 for name, contents in rules.shortened(self._groups, pace).items()]
        _check("promtool", "check", "rules", *files)
        self._start_manager(manager_port, pace)
        self._configure(pace, [], manager_port)
        # What Prometheus counts in its own flags shrinks too: how long a sample counts, and when an alert is sent again.
        prometheus = self._prometheus("watch", port, self._folder / "prometheus.yml", (
            f"--query.lookback-delta={max(1000, round(300_000 / factor))}ms", f"--rules.alert.resend-delay={max(200, round(60_000 / factor))}ms"))
        self._processes.append(prometheus)
        prometheus.start()
        wait_until("Prometheus is ready", lambda: answers(port, "/-/ready"), 60)
        self._port = port
        targets = sum(map(len, self._targets.values()))
        wait_until("Prometheus sees all processes", lambda: len(self.query("up == 1")) == targets, 60)
        self._configure(pace, files, manager_port)
        prometheus.send(signal.SIGHUP)
        wait_until("requests are counted", lambda: self.query("martlet:api_requests:increase5m > 0"), 60)

    def _configure(self, pace, rule_files, manager_port):
        original = (self._monitoring / "prometheus/prometheus.yml").read_text(encoding="utf-8")
        _check("promtool", "check", "config", self._write("prometheus.yml", rules.prometheus_configuration(
            original, pace, rule_files, self._targets, f"127.0.0.1:{manager_port}")))

    def _start_manager(self, port, pace):
        original = (self._monitoring / "alertmanager/alertmanager.yml").read_text(encoding="utf-8")
        routes = self._write("alertmanager.yml", rules.alertmanager_configuration(original, pace, self._receiver.address))
        _check("amtool", "check-config", routes)
        data = self._folder / "alertmanager-data"
        shutil.rmtree(data, ignore_errors=True)
        manager = Process("alertmanager", [
            "prometheus-alertmanager", f"--config.file={routes}", f"--storage.path={data}", "--cluster.listen-address=",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], self._folder / "alertmanager.log")
        self._processes.append(manager)
        manager.start()
        wait_until("Alertmanager is ready", lambda: answers(port, "/-/ready"), 60)

    def stop(self):
        for process in reversed(self._processes):
            process.stop()
        self._processes = []

    def _ask(self, path):
        """On a connection of its own: Prometheus closes one on which nothing was asked for five minutes, and a knob may take longer."""
        client = Client(self._port, timeout=10)
        try:
            return client.good("GET", f"/api/v1/{path}")["data"]
        finally:
            client.close()

    def query(self, expression):
        """The instant vector as a list of (labels, value)."""
        found = self._ask(f"query?query={urllib.parse.quote(expression)}")["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def firing(self):
        """The alerts that fire now, as labels."""
        alerts = self._ask("alerts")["alerts"]
        return [alert["labels"] for alert in alerts if alert["state"] == "firing"]

    def fired(self):
        """The alerts that have fired since the watchers began, as labels."""
        return [labels for labels, _ in self.query('count_over_time(ALERTS{alertstate="firing"}[1d])')]


def _check(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} refuses what was derived: {done.stdout}{done.stderr}")
