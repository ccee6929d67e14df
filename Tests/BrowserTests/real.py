# SPDX-License-Identifier: Apache-2.0
# Martlet: a real martlet-health on real servers, watching targets that tests break and mend.

"""`./dev browser` starts PostgreSQL and Redis and says where they and the programs are."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from targets import Flag, Port, Website

KEY = "browser-tests-operator-key"
TOKEN = "browser-tests-heartbeat"
DEADLINE = 60


def eventually(condition, what, seconds=DEADLINE):
    """Waits until the condition holds; what it returned."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"{what() if callable(what) else what}: not within {seconds} s"
        time.sleep(0.1)


class Real:
    """The aggregator, its targets and its configuration; `begin` and `end` start and stop the program."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="martlet-browser."))
        self.shop, self.api, self.receiver = Website(), Website(), Website()
        self.database = Port()
        self.disk = Flag(self.folder / "disk")
        self.hidden = Website()
        self.process = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.write(self.configuration())

    @property
    def targets(self):
        return [self.shop, self.api, self.database, self.disk, self.hidden]

    def configuration(self):
        return {
            "page": {
                "title": "Harbour",
                "description": "Ships, cargo and the paper that goes with them",
                "support_url": "https://harbour.example/desk",
            },
            "defaults": {"interval": "1s", "timeout": "500ms", "failures": 2, "successes": 2, "reopen_window": "0s",
                # Tests break and mend the same targets again and again.
                "flapping": {"enter": "100%"}},
            "groups": [
                {"id": "front", "name": "What customers see"},
                {"id": "stores", "name": "Stores"},
                {"id": "night", "name": "Nightly work"},
            ],
            "checks": [
                {
                    "id": "shop",
                    "name": "Shop",
                    "group": "front",
                    "description": "Where cargo is booked",
                    "http": {"url": self.shop.url},
                    "depends_on": ["database"],
                },
                {"id": "api", "name": "API", "group": "front", "http": {"url": self.api.url}, "conditions": ["status == 200", 'json.status == "ok"']},
                {"id": "database", "name": "Cargo database", "group": "stores", "tcp": {"host": "127.0.0.1", "port": self.database.number}},
                {"id": "ledger", "name": "Ledger", "group": "stores", "postgres": {"url": "${DATABASE_URL}"}},
                {"id": "bus", "name": "Bus", "group": "stores", "redis": {"url": "${REDIS_URL}"}},
                {"id": "disk", "name": "Archive disk", "group": "night", "command": {"run": ["/usr/bin/test", "-e", str(self.disk.path)]}},
                {"id": "backup", "name": "Backup", "group": "night", "heartbeat": {"every": "1h", "token": TOKEN}},
                {"id": "hidden", "name": "Unannounced ship", "group": "front", "http": {"url": self.hidden.url}, "public": False},
            ],
            "receivers": [{"name": "desk", "webhook": {"url": self.receiver.url}}],
            # Tests take the shop down for minutes: a budget that they can't burn fast opens no incident of its own among theirs.
            "slos": [{"id": "shop", "name": "Shop answers", "objective": "90%", "availability": {"checks": ["shop"]}}],
        }

    def write(self, configuration):
        # JSON is YAML.
        (self.folder / "health.yaml").write_text(json.dumps(configuration))

    def begin(self, known="shop"):
        """Starts the program; it is ready when it knows the state of the check `known`."""
        self.known = known
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": os.environ["MARTLET_TEST_BROWSER_DATABASE_URL"],
            "REDIS_URL": os.environ["MARTLET_TEST_BROWSER_REDIS_URL"],
            "MARTLET_HEALTH_CONFIG": str(self.folder / "health.yaml"),
            "MARTLET_API_KEYS": KEY,
            "APP_PORT": str(self.port),
        }
        self.log = (self.folder / "health.log").open("ab")
        program = Path(os.environ["MARTLET_TEST_BIN"]) / "martlet-health"
        self.process = subprocess.Popen([program], env=environment, stdout=self.log, stderr=self.log)
        eventually(self.is_ready, f"martlet-health is ready\n{self.words()}")
        return self

    def words(self):
        return (self.folder / "health.log").read_text()[-4000:]

    def is_ready(self):
        assert self.process.poll() is None, f"martlet-health ended with {self.process.returncode}\n{self.words()}"
        try:
            return self.get("/health/ready") and self.state(self.known) not in (None, "UNKNOWN")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def get(self, path, headers=None):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers or {}), timeout=10) as answer:
            return answer.read()

    def post(self, path, document=None, token=KEY):
        body = json.dumps(document).encode() if document is not None else b""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers), timeout=10) as answer:
            return answer.read()

    def operator(self, path):
        return json.loads(self.get(path, {"Authorization": f"Bearer {KEY}"}))

    def delete(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {KEY}"}, method="DELETE")
        urllib.request.urlopen(request, timeout=10).close()

    def status(self):
        return json.loads(self.get("/status.json"))

    def state(self, check):
        return next(
            (each["status"] for group in self.status()["groups"] for each in group["checks"] if each["id"] == check), None
        )

    def wait(self, check, state):
        eventually(lambda: self.state(check) == state, f"{check} is {state}")

    def heal(self):
        """All well, no window, no open incident."""
        for target in self.targets:
            target.mend()
        self.post("/v1/heartbeats/backup?status=ok", token=TOKEN)
        for window in self.operator("/v1/maintenance")["maintenance"]:
            self.delete(f"/v1/maintenance/{window['id']}")

        def troubles():
            states = ("open", "acknowledged")
            incidents = [each["id"] for state in states for each in self.operator(f"/v1/incidents?state={state}")["incidents"]]
            checks = self.operator("/v1/checks")["checks"]
            return incidents + [f"{each['id']} is {each['status']}" for each in checks if each["status"] != "UP"]

        eventually(lambda: not troubles(), lambda: f"everything is well, but for {troubles()}")

    def sql(self, text):
        program = Path(os.environ["MARTLET_TEST_PG_BIN"]) / "psql"
        subprocess.run(
            [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", os.environ["MARTLET_TEST_BROWSER_DATABASE_URL"]],
            input=text,
            text=True,
            check=True,
            capture_output=True,
        )

    def seed_year(self):
        """A year of days: every 30th with an hour of downtime, every 17th degraded; today is left to the program."""
        self.sql("""
            INSERT INTO health_check (name) SELECT unnest(ARRAY['shop', 'api', 'database', 'ledger', 'bus', 'disk', 'backup'])
                ON CONFLICT DO NOTHING;
            INSERT INTO health_day (day, check_id, up, degraded, down, unknown, kept_up, kept_degraded, kept_down, latency_us, latency_max_us)
            SELECT d, c.id, 86400 - g - b, g, b, 0, 86400 - g - b, g, b, 4000, 90000
            FROM health_check c, LATERAL generate_series((now() AT TIME ZONE 'UTC')::date - 365, (now() AT TIME ZONE 'UTC')::date - 1, interval '1 day') t (at),
                LATERAL (SELECT at::date AS d, CASE WHEN (at::date - DATE '2020-01-01' + c.id * 7) % 30 = 0 THEN 3600 ELSE 0 END AS b,
                    CASE WHEN (at::date - DATE '2020-01-01' + c.id * 5) % 17 = 0 THEN 900 ELSE 0 END AS g) x
            ON CONFLICT DO NOTHING;
        """)

    def forget_backups(self):
        self.sql("DELETE FROM backup; DELETE FROM backup_check;")

    def seed_backups(self, drill="passed"):
        """A backup of 40 minutes ago, and a drill, in what martlet-backup copies into the ledger."""
        slow, finding = (18_120, "'job 7 has no receipt'") if drill == "failed" else (192.5, "NULL")
        self.forget_backups()
        self.sql(f"""
            INSERT INTO backup (id, system, method, is_complete, is_pinned, began_at, ended_at, plain_bytes, stored_bytes, details)
            VALUES ('20261128T140500Z-physical-0658bd', '7713316879200387876', 'physical', true, false,
                now() - interval '41 minutes', now() - interval '40 minutes', 34000000, 3900000, '{{}}');
            INSERT INTO backup_check (backup, system, kind, began_at, ended_at, outcome, rpo_us, rto_us, rpo_objective_us, rto_objective_us, finding)
            VALUES ('20261128T140500Z-physical-0658bd', '7713316879200387876', 'drill',
                now() - interval '30 minutes', now() - interval '25 minutes', '{drill}', 840000, {slow} * 1000000::int8, 900000000, 14400000000, {finding});
        """)
