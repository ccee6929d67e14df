# SPDX-License-Identifier: Apache-2.0
# Martlet: the states of the world that the stand-in server can show.

"""Builds the JSON of a scenario: what martlet-health would answer in that state of the world."""

import random
from datetime import UTC, datetime, timedelta

NAUGHTY = "<img src=x onerror=\"document.title='pwned'\">"
DAYS = 90


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def now():
    return datetime.now(UTC).replace(microsecond=0)


class World:
    """One scenario; `name` is one of NAMES."""

    NAMES = ("up", "down", "maintenance", "many", "empty", "gone", "key", "naughty", "degraded", "unknown")

    def __init__(self, name):
        self.name = name
        self.random = random.Random(7)
        self.start = now()
        self.checks = []
        self.groups = []
        self.windows = []
        self.incidents = []
        self.subscribed = []
        self.tested = []
        self.events = []
        # What is older than the first page can't be read.
        self.is_away = False
        self.build()

    def build(self):
        if self.name == "empty":
            return
        if self.name == "many":
            for g in range(40):
                self.group(
                    f"g{g}", f"Region {g:02d}", [(f"c{g}-{n}", f"Service {g:02d}-{n:02d}", []) for n in range(50)]
                )
        else:
            self.group(
                "edge",
                "Edge",
                [("web", "Website", ["api"]), ("api", "Public API", ["db", "cache"]), ("dns", "DNS", [])],
            )
            self.group(
                "core",
                "Core services",
                [
                    ("db", "PostgreSQL ledger", ["disk"]),
                    ("cache", "Redis bus", []),
                    ("disk", "Storage volume", []),
                    ("workers", "Workers", ["db", "cache"]),
                ],
            )
            self.group(
                "pay",
                "Payments",
                [
                    ("pay-api", "Payments API", ["db"]),
                    ("pay-hook", "Payment webhooks", ["workers", "pay-api"]),
                    ("ledger-export", "Ledger export, nightly, to the accountants' archive in a very long name", []),
                ],
            )
        if self.name in ("many", "down"):
            self.break_some()
        if self.name == "down":
            for number in range(60):
                self.add_event("vanished", "api", f"api-{60 - number}", f"the instance api-{60 - number} of Public API is gone")
        if self.name == "degraded":
            self.set("pay-api", "DEGRADED", "p95 of 1,204 ms is above 800 ms")
        if self.name == "unknown":
            for check in self.checks:
                self.set(check["id"], "UNKNOWN", "no location has reported for 45 s")
        if self.name == "maintenance":
            self.set("db", "MAINTENANCE", "planned: minor version upgrade", window="w1")
            self.windows.append(self.window("w1", "PostgreSQL minor version upgrade", -30, 90, ["db"], [], True, "api"))
            self.windows.append(
                self.window("w2", "Network work at the second site", 60 * 26, 60 * 28, [], ["edge"], False, "file")
            )
        if self.name == "naughty":
            self.checks[0]["name"] = NAUGHTY
            self.groups[0]["name"] = NAUGHTY
            self.checks[0]["reason"] = NAUGHTY
            self.set(self.checks[0]["id"], "DOWN", NAUGHTY)
            self.incidents.append(
                self.incident("666", NAUGHTY, 20, None, self.checks[0]["id"], NAUGHTY, [self.checks[0]["id"]])
            )
            self.windows.append(self.window("w9", NAUGHTY, 10, 20, [self.checks[0]["id"]], [], False, "api"))
        for day in (1, 1, 4, 9, 30):
            self.incidents.append(
                self.incident(
                    str(40 - day - len(self.incidents)),
                    f"Slow answers, {day} d ago",
                    day * 1440 + 300,
                    day * 1440 + 253,
                    "cache",
                    "timeouts after 1 s",
                    ["cache", "workers"],
                )
            )

    def add_event(self, kind, check, instance, text, over=False):
        """Adds an event that is newer than all others."""
        self.events.insert(
            0,
            {
                "id": f"{kind}/{check}/{instance}/{len(self.events)}",
                "at": iso(now()),
                "kind": kind,
                "check": check,
                "instance": instance,
                "text": text,
                "started_at": iso(now() - timedelta(minutes=len(self.events))),
                "ended_at": iso(now()) if over else None,
            },
        )

    def add_resolved(self, count):
        """Adds incidents that are over and began later than all others."""
        for number in range(count):
            identity = str(1_000 + len(self.incidents))
            self.incidents.append(self.incident(identity, f"Incident {identity}", (count - number) / 2, 0, "web", None, ["web"]))

    def break_some(self):
        if self.name == "many":
            for index in (3, 77, 1999):
                self.set(self.checks[index]["id"], "DOWN", "connect: connection refused")
            self.set(self.checks[500]["id"], "DEGRADED", "slow")
            return
        self.set("disk", "DOWN", "i/o error: device timed out after 30 s")
        for child in ("db", "api", "web"):
            self.set(child, "DOWN", "depends on Storage volume", suppressed_by="disk")
        self.set("pay-api", "DEGRADED", "503 in 2 of 10 probes")
        self.find("pay-api")["flapping"] = True
        self.incidents.append(
            self.incident(
                "42",
                "Storage volume is down",
                14,
                None,
                "disk",
                "i/o error: device timed out after 30 s",
                ["disk", "db", "api", "web"],
            )
        )

    def find(self, check):
        return next(each for each in self.checks if each["id"] == check)

    def set(self, check, status, reason, suppressed_by=None, window=None):
        entry = self.find(check)
        entry.update(status=status, reason=reason, since=iso(self.start - timedelta(minutes=14)))
        if suppressed_by:
            entry["suppressed_by"] = suppressed_by
        if window:
            entry["maintenance"] = window
        for location in entry["locations"][:2]:
            location.update(status=status, reason=reason)
        letter = {"DOWN": "D", "DEGRADED": "G", "MAINTENANCE": "M", "UNKNOWN": "N"}[status]
        entry["days"]["bars"] = entry["days"]["bars"][:-1] + letter
        day = iso(self.start)[:10]
        entry["days"]["marked"][day] = {
            "uptime": 0.9903,
            "down_seconds": 840 if status == "DOWN" else 0,
            "degraded_seconds": 840 if status == "DEGRADED" else 0,
            "maintenance_seconds": 1800 if status == "MAINTENANCE" else 0,
        }

    def group(self, identity, name, members):
        self.groups.append({"id": identity, "name": name, "members": [member[0] for member in members]})
        for check, title, depends in members:
            self.checks.append(self.check(check, title, identity, depends))

    def check(self, identity, name, group, depends):
        first = self.start - timedelta(days=DAYS - 1)
        bars, marked = "", {}
        for offset in range(DAYS):
            draw = self.random.random()
            day = iso(first + timedelta(days=offset))[:10]
            letter = "U"
            if offset < 6 and identity in ("ledger-export", "dns"):
                letter = "N"
            elif draw < 0.012:
                letter = "D"
                down = self.random.choice([90, 1640, 14000, 60000])
                marked[day] = {
                    "uptime": round(1 - down / 86400, 5),
                    "down_seconds": down,
                    "degraded_seconds": 120,
                    "maintenance_seconds": 0,
                }
            elif draw < 0.03:
                letter = "G"
                marked[day] = {
                    "uptime": 1.0,
                    "down_seconds": 0,
                    "degraded_seconds": self.random.choice([300, 5000]),
                    "maintenance_seconds": 0,
                }
            elif draw < 0.045:
                letter = "M"
                marked[day] = {"uptime": 0.97, "down_seconds": 0, "degraded_seconds": 0, "maintenance_seconds": 3600}
            bars += letter
        latency = round(self.random.uniform(4, 220), 1)
        kind = self.random.choice(["http", "tcp", "dns", "tls", "postgres"])
        locations = [
            {"location": place, "status": "UP", "at": iso(self.start - timedelta(seconds=4))}
            for place in ("ber", "nyc", "sgp")
        ]
        entry = {
            "id": identity,
            "name": name,
            "group": group,
            "kind": kind,
            "target": f"{kind}://{identity}.example.internal:443/healthz",
            "status": "UP",
            "since": iso(self.start - timedelta(days=3, hours=4)),
            "flapping": False,
            "quorum": {"needed": 2, "of": 3},
            "latency_ms": latency,
            "last_probe_at": iso(self.start - timedelta(seconds=4)),
            "interval_s": 10,
            "parts": [{"name": "connect", "status": "UP"}, {"name": "status code", "status": "UP"}],
            "locations": locations,
            "depends_on": depends,
            "days": {"from": iso(first)[:10], "bars": bars, "marked": marked},
        }
        if identity == "dns":
            entry["advisory"] = "Never fails the page: it is watched for information."
        if kind == "tls":
            entry["certificate_expires_at"] = iso(self.start + timedelta(days=19))
        return entry

    def window(self, identity, title, start, end, checks, groups, active, source):
        return {
            "id": identity,
            "title": title,
            "starts_at": iso(self.start + timedelta(minutes=start)),
            "ends_at": iso(self.start + timedelta(minutes=end)),
            "active": active,
            "checks": checks,
            "groups": groups,
            "source": source,
        }

    def incident(self, identity, title, began, ended, cause, reason, affected):
        at = lambda minutes: iso(self.start - timedelta(minutes=minutes))
        updates = [
            {"at": at(began), "kind": "opened", "text": f"{cause} failed in 2 of 3 locations."},
            {"at": at(began - 1), "kind": "cause", "text": f"{cause}: {reason}"},
            {"at": at(began - 2), "kind": "notified", "text": "The people on call were paged."},
            {
                "at": at(began - 5),
                "kind": "comment",
                "text": "We are looking into it.\nThe standby has been checked and is healthy.",
                "by": "Maren",
            },
        ]
        incident = {
            "id": identity,
            "title": title,
            "status": "open",
            "severity": "critical",
            "started_at": at(began),
            "root_cause": {"check": cause, "reason": reason},
            "affected": affected,
            "flapping": False,
            "updates": updates,
        }
        if ended is not None:
            incident.update(status="resolved", severity="warning", resolved_at=at(ended))
            updates.append({"at": at(ended), "kind": "resolved", "text": "All checks pass again."})
        return incident

    def overall(self):
        states = {check["status"] for check in self.checks}
        return next(
            (state for state in ("DOWN", "DEGRADED", "UNKNOWN", "MAINTENANCE") if state in states),
            "UP" if self.checks else "UNKNOWN",
        )

    def public(self):
        def row(check):
            bars = check["days"]["bars"]
            bad = sum(0.004 for letter in bars if letter == "D")
            uptime = {
                "24h": 1.0 if check["status"] == "UP" else 0.9903,
                "7d": round(1 - bad / 9, 5),
                "30d": round(1 - bad / 30, 5),
                "90d": round(1 - bad / 90, 5),
            }
            if check["id"] == "ledger-export":
                uptime["90d"] = None
            return {
                "id": check["id"],
                "name": check["name"],
                "status": check["status"],
                "since": check["since"],
                "description": f"Watched from three places every {check['interval_s']} s.",
                "uptime": uptime,
                "uptime_without_maintenance": {**uptime, "24h": 1.0},
                "days": check["days"],
            }

        groups = []
        for group in self.groups:
            rows = (
                [row(self.find(member)) for member in group["members"]]
                if self.name != "many"
                else [row(check) for check in self.checks if check["group"] == group["id"]]
            )
            states = {entry["status"] for entry in rows}
            groups.append(
                {
                    "id": group["id"],
                    "name": group["name"],
                    "status": next((s for s in ("DOWN", "DEGRADED", "UNKNOWN", "MAINTENANCE") if s in states), "UP"),
                    "checks": rows,
                }
            )
        windows = [
            {key: value for key, value in window.items() if key != "source"}
            for window in self.windows
            if "cron" not in window
        ]
        return {
            "page": {
                "title": "Acme Cloud",
                "description": "The live state of everything that customers of Acme Cloud rely on.",
                "theme": "auto",
                "url": "https://acme.example/",
                "support_url": "javascript:alert(1)" if self.name == "naughty" else "https://acme.example/support",
            },
            "status": self.overall(),
            "updated_at": iso(self.start),
            "groups": groups,
            "incidents": [incident for incident in self.incidents if incident["status"] != "resolved"],
            "maintenance": windows,
            "subscriptions": {"email": True, "webhook": True},
            "backups": self.backups(),
        }

    def backups(self):
        """In order, late or failed, as everything else; nothing where there never was a backup."""
        if self.name == "empty":
            return None
        late, failed = self.name in ("degraded", "down"), self.name == "down"
        ago = lambda minutes: iso(self.start - timedelta(minutes=minutes))
        return {
            "state": "failed" if failed else "late" if late else "in_order",
            "last_backup": {"at": ago(3_000 if late else 42), "state": "late" if late else "in_order"},
            "last_drill": {"at": ago(190), "state": "failed" if failed else "in_order"},
            "rpo": {"measured": "PT0.84S", "objective": "PT15M", "state": "in_order"},
            "rto": {
                "measured": "PT5H2M" if failed else "PT3M12.5S",
                "objective": "PT4H",
                "state": "failed" if failed else "in_order",
            },
            "measured_at": ago(190),
        }
