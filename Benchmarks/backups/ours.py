# SPDX-License-Identifier: Apache-2.0
"""Martlet: its own backups as a tool of the comparison."""

import shutil
import subprocess

from process import BIN, FOLDER, PG_BIN, slug, stored, timed


class Martlet:
    """Our physical backups in one store."""

    def __init__(self, name, cluster, encrypts):
        self.name = name
        self.store = FOLDER / f"store-{slug(name)}"
        self.store.mkdir()
        self.cluster = cluster
        self.environment = {
            "DATABASE_URL": cluster.local_url("martlet"),
            "MARTLET_BACKUP_STORES": f"file://{self.store}",
            "MARTLET_BACKUP_COMPRESSION": "zstd:3",
            "MARTLET_BACKUP_LEDGER_COPY": "false",
            "MARTLET_BACKUP_PROGRAMS": str(PG_BIN),
        }
        if encrypts:
            key = FOLDER / f"key-{slug(name)}"
            made = subprocess.run([BIN / "martlet-backup", "keys", "generate", "bench"], capture_output=True, text=True, timeout=60, check=True)
            key.touch(0o600)
            key.write_text(made.stdout)
            self.environment["MARTLET_BACKUP_KEYS_FILE"] = str(key)
        else:
            self.environment["MARTLET_BACKUP_ENCRYPTION"] = "none"

    def fresh(self):
        """An empty store, so that the disk holds one backup of each tool."""
        shutil.rmtree(self.store)
        self.store.mkdir()

    def archive_line(self):
        words = " ".join(f"{name}='{value}'" for name, value in self.environment.items())
        return f"{words} {BIN}/martlet-backup wal-push \"$1\""

    def backup(self):
        return {**timed([BIN / "martlet-backup", "backup"], self.environment), "stored": stored(self.store)}

    def restore(self, place):
        return timed([BIN / "martlet-backup", "restore", "--to", place], self.environment)


class MartletLogical(Martlet):
    """Our logical backups of the one database."""

    def __init__(self, name, cluster, encrypts):
        super().__init__(name, cluster, encrypts)
        # As pg_dump and pg_restore connect.
        self.environment["DATABASE_URL"] = cluster.url("martlet")

    def backup(self):
        words = [BIN / "martlet-backup", "backup", "--method", "logical"]
        return {**timed(words, self.environment), "stored": stored(self.store)}

    def restore(self, database):
        """As pg_restore does it: rows are counted, and not read again."""
        return self.restored(database, "false")

    def restore_compared(self, database):
        return self.restored(database, "true")

    def restored(self, database, compare):
        return timed([BIN / "martlet-backup", "restore", "--compare", compare, "--to", self.cluster.url(database)], self.environment)
