# SPDX-License-Identifier: Apache-2.0
"""Martlet: faults of PostgreSQL: away, stopped, read-only, short of connections, and what others do to it."""
import contextlib
import functools
import http.client
import threading

from client import Client
from knob import REMEMBERED, Knob
from postgres import end, tell

WITHOUT_LEDGER = {
    **{f"MartletErrorBudget{name}": "the ledger's absence is the cause" for name in ("BurnsFast", "Burns")},
    "MartletErrorRateHigh": "the ledger's absence is the cause",
    "MartletLatencyBudgetBurnsFast": "calls that were under way wait for the ledger",
    "MartletLatencyBudgetBurns": "calls that were under way wait for the ledger",
    "MartletLatencyHigh": "calls that were under way wait for the ledger",
    "MartletConnectionsShort": "there are none without a server",
    "MartletCountsAbsent": "the counts come from the ledger",
}
BUDGETS = {name: REMEMBERED for name in ("MartletSuccessLow", "MartletErrorBudgetBurnsSlowly", "MartletErrorBudgetTricklesAway")}
# A quarter of an hour after the fault began six hours' budget is looked at, whatever is over by then.
SLOWER = {**BUDGETS, "MartletErrorBudgetBurns": REMEMBERED}
# A breaker takes a second to open, a statement two to time out, at any pace: at 60, that would be minutes in which others fire first.
UNHURRIED = 20
# The tables whose privileges knobs take away and give back; what the services may do with them.
GRANT = "GRANT ALL ON {0} TO martlet"


def revoke(privileges, table):
    return lambda stage: stage.postgres.sql(f"REVOKE {privileges} ON {table} FROM martlet")


def grant(table):
    return lambda stage: stage.postgres.sql(GRANT.format(table))


def _too_few_connections(stage):
    """Others have taken the role's connections: one that is lost can't be made again."""
    stage.postgres.sql("""
        ALTER ROLE martlet CONNECTION LIMIT 1;
        SELECT pg_terminate_backend(min(pid)) FROM pg_stat_activity WHERE usename = 'martlet' AND backend_type = 'client backend'
            AND application_name LIKE '%api%'""")


class _Held:
    """Sessions that a knob opens and ends."""

    def __init__(self, script):
        self._script, self._session = script, None

    def turn(self, stage):
        self._session = stage.postgres.session(self._script)

    def back(self, _stage):
        if self._session:
            end(self._session)
            self._session = None


def _pause(stage):
    """With fifty more clients: each waits for its time to run out, and a breaker opens when half of the last forty calls failed."""
    def work(port, ends):
        client = Client(port)
        while not ends.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                client.ask("POST", "/v1/jobs", {"kind": "noop"})
            ends.wait(0.5)
        client.close()
    for number in range(50):
        stage.beside(functools.partial(work, stage.apis[number % 2].port))
    stage.postgres.pause()


def _writes_only(stage):
    stage.load.reads = False


def _read_only(stage):
    stage.postgres.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    stage.postgres.sql("SELECT pg_reload_conf()")


def _read_write(stage):
    stage.postgres.sql("ALTER SYSTEM RESET default_transaction_read_only")
    stage.postgres.sql("SELECT pg_reload_conf()")


def _deadlock(stage, times=8):
    """Two sessions that lock two rows in opposite orders; the server ends one of them each time."""
    stage.postgres.sql("CREATE TABLE IF NOT EXISTS by_hand (id int PRIMARY KEY); INSERT INTO by_hand VALUES (1), (2) ON CONFLICT DO NOTHING")
    sessions = [stage.postgres.session("\\set ON_ERROR_STOP 0") for _ in range(2)]
    lock = "SELECT FROM by_hand WHERE id = {0} FOR UPDATE;"
    for _ in range(times):
        for session, first in zip(sessions, (1, 2)):
            tell(session, "BEGIN; " + lock.format(first))
        waiting = threading.Thread(target=tell, args=(sessions[0], lock.format(2)))
        waiting.start()
        tell(sessions[1], lock.format(1))
        tell(sessions[1], "ROLLBACK;")
        waiting.join(20)
        tell(sessions[0], "ROLLBACK;")
    for session in sessions:
        end(session)


def _dead_rows(stage):
    """A large change that is rolled back, in a table that vacuum does not come to."""
    stage.postgres.sql("""
        ALTER TABLE job_live SET (autovacuum_enabled = false);
        BEGIN;
        INSERT INTO job_live (id, check_at, lane, queue_id, priority, state)
            SELECT number, 'infinity', 1000000, 1000000, 0, 0 FROM generate_series(1, 1200000) number;
        ROLLBACK""", within=120)


def _vacuum(stage):
    stage.postgres.sql("ALTER TABLE job_live RESET (autovacuum_enabled)")
    stage.postgres.sql("VACUUM (ANALYZE) job_live", within=120)


SNAPSHOT = 5_100_000


def _old_snapshot(stage):
    """A prepared transaction that was forgotten, and five million transactions after it."""
    stage.postgres.sql("BEGIN; CREATE TABLE forgotten (id int); PREPARE TRANSACTION 'forgotten'")
    each = SNAPSHOT // 2
    burn = f"SET synchronous_commit = off; DO $$ BEGIN FOR i IN 1..{each} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
    sides = [threading.Thread(target=stage.postgres.sql, args=(burn,), kwargs={"within": 400}) for _ in range(2)]
    for side in sides:
        side.start()
    for side in sides:
        side.join(400)


_open = _Held("BEGIN; SELECT 1;")

KNOBS = [
    Knob("postgres-killed", "PostgreSQL ends without a shutdown", "MartletLedgerUnreachable",
         lambda stage: stage.postgres.crash(), lambda stage: stage.postgres.start(),
         silenced=WITHOUT_LEDGER, remembered=SLOWER, pace=UNHURRIED),
    Knob("postgres-stopped", "PostgreSQL's processes stand still: connections stay, nothing answers", "MartletLedgerUnreachable",
         _pause, lambda stage: stage.postgres.resume(), silenced=WITHOUT_LEDGER, remembered=SLOWER,
         pace=5, quiet=240),
    Knob("postgres-read-only", "the server accepts no writes, as after a failover to a replica; clients hand in jobs, and read none",
         "MartletLedgerUnreachable", _read_only, _read_write, silenced=WITHOUT_LEDGER, remembered=SLOWER, prepare=_writes_only, pace=UNHURRIED),
    Knob("connections", "a lost connection can't be made again: others have taken the role's connections", "MartletConnectionsShort",
         _too_few_connections, lambda stage: stage.postgres.sql("ALTER ROLE martlet CONNECTION LIMIT -1")),
    Knob("counts", "the APIs may not read the counts", "MartletCountsAbsent", revoke("SELECT", "depth"), grant("depth"), within=120),
    Knob("nobody-leads", "workers may not write the row of the leader", "MartletNobodyLeads", revoke("UPDATE", "leader"), grant("leader"),
         silenced={"MartletQueueStalled": "without a leader jobs are not counted anew, and seem to grow old"}, within=120),
    Knob("old-transaction", "a session that began a transaction and was forgotten", "MartletOldTransaction", _open.turn, _open.back),
    Knob("deadlocks", "others lock rows of the database in opposite orders", "MartletDeadlocks", _deadlock, lambda stage: None),
    Knob("dead-rows", "a million rows are rolled back, and vacuum does not come", "MartletDeadRows", _dead_rows, _vacuum, within=90),
    Knob("old-snapshot", "a prepared transaction that nobody ends, five million transactions ago", "MartletSnapshotHeld", _old_snapshot,
         lambda stage: stage.postgres.sql("ROLLBACK PREPARED 'forgotten'"), within=120),
]
