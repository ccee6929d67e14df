# SPDX-License-Identifier: Apache-2.0
"""Martlet: `martlet-backup serve` on the stage's PostgreSQL. The first knob that is about backups starts it: a backup each minute, which
is as often as a schedule can be, would take the machine from the knobs before."""
import subprocess

from process import wait_until
from services import SETTINGS, Service

SLOT = "martlet_backup"
# The exit code of one that found another one at work.
BUSY = 75


class Backups:
    """Store, programs by hand, and the service."""

    def __init__(self, binaries, folder, port, postgres, redis, server_user):
        self.store, self._refusal, self._log = folder / "backups", folder / "refuse-backups", folder / "backup.log"
        self._away = folder / "backups-away"
        self._binary, self._postgres = f"{binaries}/martlet-backup", postgres
        # What Prometheus scrapes: nothing before it runs.
        self.addresses = []
        scratch = folder / "drills"
        scratch.mkdir()
        # Here and not by `make=yes`: a program that is started while the store is away would make an empty one in its place.
        self.store.mkdir()
        self._settings = {
            "DATABASE_URL": postgres.url("postgres"),
            "MARTLET_BACKUP_STORES": f"file://{self.store}",
            "MARTLET_BACKUP_ENCRYPTION": "none",
            "MARTLET_BACKUP_COMPRESSION": "lz4",
            "MARTLET_BACKUP_RECEIVE": "true",
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "* * * * *",
            "MARTLET_BACKUP_PRE_COMMAND": f"test ! -e {self._refusal}",
            "MARTLET_BACKUP_DRILL_FOLDER": str(scratch),
            "MARTLET_BACKUP_DRILL_USER": server_user,
        }
        self._service = lambda more: Service("martlet-backup", binaries, folder / "martlet-backup.log", port, postgres, redis,
                                             {**self._settings, **more}, words=("serve",))
        self.service = self._service({})

    def begin(self):
        """Has the service run with a backup, a verification and a drill behind it, all good."""
        if self.service.process.runs:
            return
        self.service.start()
        self.addresses[:] = [self.service.address]
        wait_until("the receiver has its slot", lambda: self._postgres.sql(
            f"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{SLOT}' AND active") == "1", 30)
        for verb in ("backup", "verify", "drill"):
            self.run(verb)
        for metric in ("martlet_backup_rto_seconds", "martlet_backup_wal_lag_seconds", "martlet_backup_interval_seconds"):
            wait_until(f"the service shows {metric}", lambda shown=metric: self.service.shows(shown), 90)

    def restart(self, **more):
        """The service with other settings, or, without any, its own."""
        self.service.process.stop()
        self.service = self._service(more)
        self.service.start()

    def run(self, *words, code=0, **more):
        """A verb by hand, which must end so; it waits for one of the schedule that runs just then.

        What refuses the schedule's backups does not refuse these."""
        settings = {**SETTINGS, **self._settings, **more}
        del settings["MARTLET_BACKUP_PRE_COMMAND"]

        def ended():
            with open(self._log, "ab") as log:
                done = subprocess.run([self._binary, *words], env={"PATH": "/usr/bin:/bin", **settings}, stdout=log,
                                      stderr=log, timeout=180, cwd="/")
            return done if done.returncode != BUSY else None
        found = wait_until(f"martlet-backup {words[0]} may run", ended, 60, every=1).returncode
        if found != code:
            raise RuntimeError(f"martlet-backup {' '.join(words)} ended with {found} and not {code}, see {self._log}")

    def refuse(self):
        """The command before each backup fails from now on."""
        self._refusal.touch()

    def allow(self):
        self._refusal.unlink(missing_ok=True)

    def damage(self):
        """Changes a byte in the middle of the newest backup; returns its folder."""
        newest = sorted(path.parent for path in self.store.glob("*/backups/*/entry"))[-1]
        volume = sorted(newest.glob("volume-??????"))[0]
        with open(volume, "r+b") as file:
            file.seek(volume.stat().st_size // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 0x40]))
        return newest

    def take_away(self):
        """The store's folder has another name, as if its disk were not mounted."""
        self.store.rename(self._away)

    def bring_back(self):
        self._away.rename(self.store)

    def segments(self):
        """The whole segments of the log in the store, in their order."""
        return sorted(path for path in self.store.glob("*/wal/*/*") if path.is_file() and len(path.name) == 24)
