# SPDX-License-Identifier: Apache-2.0
"""Martlet: a private PostgreSQL that knobs may stop in any way."""
import contextlib
import os
import pwd
import signal
import subprocess

from process import Process, wait_until

SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 60
shared_buffers = 128MB
max_wal_size = 2GB
fsync = off
full_page_writes = off
max_prepared_transactions = 4
deadlock_timeout = 100ms
log_line_prefix = '%m [%p] %q%a '
"""

NO_REPLICATION = "host replication all all reject\n"


class Postgres:
    """One cluster in `folder`; PostgreSQL refuses to run as root, so `user` then runs it."""

    def __init__(self, binaries, user, folder, log, port):
        self._binaries, self.port, self._data = binaries, port, f"{folder}/postgres"
        self._prefix = []
        if os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            self._prefix = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups",
                            "env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"]
            os.mkdir(self._data, 0o700)
            os.chown(self._data, entry.pw_uid, entry.pw_gid)
        self._run("initdb", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--lc-collate=C",
                  "--auth=trust", "--no-sync", "-D", self._data)
        with open(f"{self._data}/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(SETTINGS.format(port=port))
        self.process = Process("postgres", [f"{binaries}/postgres", "-D", self._data], log, prefix=self._prefix, death="INT")

    def _run(self, program, *arguments):
        done = subprocess.run([*self._prefix, f"{self._binaries}/{program}", *arguments], cwd="/", capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

    def url(self, role="martlet"):
        return f"postgres://{role}@127.0.0.1:{self.port}/martlet"

    def start(self):
        self.process.start()
        wait_until("PostgreSQL answers", self.answers, 60)

    def answers(self):
        return subprocess.run([f"{self._binaries}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], timeout=10).returncode == 0

    def crash(self):
        """Ends it at once; the next start recovers from its log."""
        self.process.stop(signal.SIGQUIT)

    def stop(self):
        self.process.stop(signal.SIGINT)

    def pause(self):
        """Stops each of its processes where it stands, the parent first, so that it makes no new ones."""
        self.process.send(signal.SIGSTOP)
        self._send_children(signal.SIGSTOP)

    def resume(self):
        self._send_children(signal.SIGCONT)
        self.process.send(signal.SIGCONT)

    def refuse_replication(self):
        """Lets nobody replicate any more."""
        with open(f"{self._data}/pg_hba.conf", "r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write(NO_REPLICATION + text)
        self.sql("SELECT pg_reload_conf(); SELECT pg_terminate_backend(pid) FROM pg_stat_replication")

    def admit_replication(self):
        with open(f"{self._data}/pg_hba.conf", "r+", encoding="utf-8") as file:
            text = file.read().replace(NO_REPLICATION, "")
            file.seek(0)
            file.write(text)
            file.truncate()
        self.sql("SELECT pg_reload_conf()")

    def _send_children(self, number):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            children = [int(pid) for pid in file.read().split()]
        for pid in children:
            # A session may have ended since.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _psql(self, database):
        return [f"{self._binaries}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database]

    def sql(self, script, database="martlet", within=60):
        """Runs a script as the superuser and returns what it prints."""
        done = subprocess.run(self._psql(database), input=script, capture_output=True, text=True, timeout=within)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def session(self, script):
        """A session that has got this script and stays open; closing its standard input ends it."""
        session = subprocess.Popen(self._psql("martlet"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tell(session, script)
        return session


def tell(session, script):
    """Has a session run a script, and waits for its end."""
    session.stdin.write(f"{script}\n\\echo done-with-it\n")
    session.stdin.flush()
    said = []
    for line in session.stdout:
        if line.strip() == "done-with-it":
            return "".join(said)
        said.append(line)
    raise RuntimeError(f"the session ended: {''.join(said)}")


def end(session):
    """Ends a session; an open transaction is rolled back."""
    session.stdin.close()
    session.wait(20)
    session.stdout.close()
