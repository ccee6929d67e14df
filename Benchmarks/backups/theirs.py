# SPDX-License-Identifier: Apache-2.0
"""Martlet: pgBackRest and PostgreSQL's own programs as tools of the comparison."""

import os
import shutil

from process import FOLDER, PG_BIN, slug, stored, timed


class PgBackRest:
    def __init__(self, name, cluster, encrypts):
        self.name = name
        self.store = FOLDER / f"repo-{slug(name)}"
        self.store.mkdir()
        self.configuration = FOLDER / f"{slug(name)}.conf"
        cipher = "repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=A-long-pass-phrase-of-the-bench\n" if encrypts else ""
        self.configuration.write_text(
            f"[global]\nrepo1-path={self.store}\n{cipher}repo1-retention-full=100\ncompress-type=zst\ncompress-level=3\n"
            f"process-max={os.cpu_count()}\nstart-fast=y\nlog-level-console=error\nlog-level-file=off\n"
            f"lock-path={FOLDER}/lock-{slug(name)}\nspool-path={FOLDER}/spool-{slug(name)}\n\n"
            f"[compare]\npg1-path={cluster.folder}\npg1-port={cluster.port}\npg1-user=postgres\npg1-socket-path={cluster.folder.parent}\n"
        )
        self.configuration.chmod(0o600)
        self.words = ["pgbackrest", f"--config={self.configuration}", "--stanza=compare"]

    def archive_line(self):
        return " ".join(self.words) + ' archive-push "$1"'

    def fresh(self):
        shutil.rmtree(self.store)
        self.store.mkdir()
        timed([*self.words, "stanza-create"])

    def backup(self):
        return {**timed([*self.words, "--type=full", "backup"]), "stored": stored(self.store)}

    def restore(self, place):
        place.mkdir(mode=0o700)
        return timed([*self.words, f"--pg1-path={place}", "restore"])


class BaseBackup:
    """pg_basebackup into a tar file, compressed by the server's zstd at the same level; nothing encrypted or checked."""

    name = "pg_basebackup"

    def __init__(self, cluster):
        self.cluster = cluster
        self.place = FOLDER / "base"

    def fresh(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def backup(self):
        found = timed([
            PG_BIN / "pg_basebackup", "-h", self.cluster.folder.parent, "-p", self.cluster.port, "-U", "postgres", "-D", self.place, "-F", "tar",
            "-c", "fast", "-X", "fetch", f"--compress=client-zstd:level=3,workers={os.cpu_count()}",
        ])
        return {**found, "stored": stored(self.place)}


class Dump:
    """pg_dump's custom format as most people call it, and pg_restore with a job for each core."""

    name = "pg_dump -Fc"

    def __init__(self, cluster):
        self.cluster = cluster
        self.file = FOLDER / "dump"

    def fresh(self):
        self.file.unlink(missing_ok=True)

    def backup(self):
        return {**timed([PG_BIN / "pg_dump", "-Fc", "-f", self.file, self.cluster.url("martlet")]), "stored": stored(self.file)}

    def restore(self, database):
        return timed([PG_BIN / "pg_restore", "-j", os.cpu_count(), "--exit-on-error", "-d", self.cluster.url(database), self.file])
