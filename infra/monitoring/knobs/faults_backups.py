# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of backups: none come, a stored one is damaged, a drill fails or is slow, the store is away, the log does not get
to it or has a gap."""
import shutil

from knob import Knob
from process import wait_until

FAILED = {"MartletBackupFailed": "each backup fails as well"}
LATE = {"MartletBackupLate": "no backup comes while the fault lasts, and a minute is the interval"}


def _begin(stage):
    stage.backups.begin()


def _refuse(stage):
    stage.backups.refuse()


def _allow(stage):
    stage.backups.allow()


def _slow(stage):
    # So little is restored within a second, which is the shortest objective: the rate holds the drill back.
    stage.backups.run("drill", MARTLET_BACKUP_RATE="1MiB")
    stage.backups.restart(MARTLET_BACKUP_RTO="1s")


class _Damage:
    """A byte of the newest backup is another one, and a verb finds it."""

    def __init__(self, verb, code):
        self._verb, self._code, self._folder = verb, code, None

    def turn(self, stage):
        # A newer backup would be looked at instead.
        stage.backups.refuse()
        self._folder = stage.backups.damage()
        stage.backups.run(self._verb, "--backup", self._folder.name, code=self._code)

    def back(self, stage):
        stage.backups.allow()
        if self._folder:
            shutil.rmtree(self._folder)
        stage.backups.run("backup")
        for verb in ("verify", "drill"):
            stage.backups.run(verb)


class _Unheard:
    """The server lets nobody replicate: the log stays where it is."""

    @staticmethod
    def turn(stage):
        stage.postgres.refuse_replication()

    @staticmethod
    def back(stage):
        stage.postgres.admit_replication()


class _Gap:
    """A segment of the log is removed from the store, between others that the newest backup needs."""

    @staticmethod
    def turn(stage):
        backups = stage.backups
        backups.run("backup")
        backups.refuse()
        known = len(backups.segments())

        def more():
            stage.postgres.sql("SELECT pg_switch_wal()")
            return len(backups.segments()) >= known + 4
        wait_until("the store has four more segments", more, 60, every=1)
        backups.segments()[known + 1].unlink()

    @staticmethod
    def back(stage):
        stage.backups.allow()
        # What comes after it needs nothing from before.
        stage.backups.run("backup")


_verified, _drilled = _Damage("verify", 65), _Damage("drill", 71)

# A minute passes until the next backup, and another one until the store is looked at.
KNOBS = [
    Knob("backup-fails", "the command before each backup fails", "MartletBackupFailed", _refuse, _allow,
         lambda _stage: {"kind": "physical"}, companions=LATE, prepare=_begin, within=150, quiet=200),
    Knob("backup-late", "no backup comes any more", "MartletBackupLate", _refuse, _allow,
         lambda _stage: {"kind": "physical"}, companions=FAILED, prepare=_begin, within=300, quiet=200),
    Knob("backup-damaged", "a byte of a stored backup is changed, and a verification finds it", "MartletVerificationFailed",
         _verified.turn, _verified.back, companions={**FAILED, **LATE}, prepare=_begin, within=150, quiet=200),
    Knob("drill-fails", "a byte of a stored backup is changed, and a drill finds it", "MartletDrillFailed", _drilled.turn, _drilled.back,
         companions={**FAILED, **LATE, "MartletVerificationFailed": "the backup counts as damaged, whoever found it"},
         prepare=_begin, within=150, quiet=200),
    Knob("drill-slow", "recoveries may take a second at most, and take longer", "MartletDrillSlow",
         _slow, lambda stage: stage.backups.restart(),
         companions={"MartletTargetDown": "the service is started anew"}, prepare=_begin, within=150, quiet=200),
    Knob("log-behind", "the server lets nobody replicate", "MartletWALBehind", _Unheard.turn, _Unheard.back,
         companions={**FAILED, **LATE}, prepare=_begin, within=150, quiet=250),
    Knob("store-away", "the folder of the store is gone", "MartletBackupStoreDown",
         lambda stage: stage.backups.take_away(), lambda stage: stage.backups.bring_back(),
         lambda stage: {"store": f"file://{stage.backups.store}"},
         companions={**FAILED, **LATE, "MartletWALBehind": "the log does not get there either"},
         prepare=_begin, within=150, quiet=250),
    Knob("log-gap", "a segment of the log is removed from the store", "MartletWALGap", _Gap.turn, _Gap.back,
         companions={**FAILED, **LATE}, prepare=_begin, within=200, quiet=250),
]
