// SPDX-License-Identifier: Apache-2.0
// Martlet: rules about counts, single rows, and the ledger's migrations.

extension LedgerInvariant {
    static let counts = [
        LedgerInvariant(
            "tally-numbers",
            "a tally is of a queue that exists, a known outcome and at least no job",
            """
            SELECT 'queue ' || queue_id || ' outcome ' || outcome || ' jobs ' || jobs FROM tally t
            WHERE outcome NOT IN (1, 2, 3) OR jobs < 0 OR NOT EXISTS (SELECT FROM queue q WHERE q.id = t.queue_id)
            """
        ),
        LedgerInvariant(
            "tally-covers-receipts",
            "no more receipts are there than ends were counted",
            """
            SELECT 'outcome ' || d.outcome || ': ' || d.jobs || ' receipts, ' || coalesce(t.jobs, 0) || ' counted'
            FROM (SELECT outcome, count(*) AS jobs FROM job_done GROUP BY 1) d
            LEFT JOIN (SELECT outcome, sum(jobs) AS jobs FROM tally GROUP BY 1) t USING (outcome)
            WHERE d.jobs > coalesce(t.jobs, 0)
            """
        ),
        LedgerInvariant(
            "depth-numbers",
            "a depth is of a queue that exists and at least no job",
            """
            SELECT 'queue ' || queue_id || ' state ' || state FROM depth d
            WHERE jobs < 0 OR state NOT IN (0, 1, 3, 4) OR NOT EXISTS (SELECT FROM queue q WHERE q.id = d.queue_id)
            """
        ),
        LedgerInvariant(
            "single-rows",
            "bus, leader and health_lead have one row each",
            """
            SELECT name || ' has ' || rows || ' rows' FROM (
                SELECT 'bus' AS name, count(*) AS rows FROM bus UNION ALL SELECT 'leader', count(*) FROM leader
                UNION ALL SELECT 'health_lead', count(*) FROM health_lead) s WHERE rows <> 1
            """
        ),
        LedgerInvariant(
            "live-generation",
            "no job was dispatched in a generation of the bus that is still to come",
            "SELECT l.id || ' generation ' || l.generation FROM job_live l WHERE l.generation > (SELECT max(generation) FROM bus)"
        ),
        LedgerInvariant(
            "backup-times",
            "no copy of a backup or a check ended before it began, an hour allowed for clocks that differ",
            """
            SELECT id FROM backup WHERE ended_at < began_at - interval '1 hour' OR method NOT IN ('physical', 'logical')
            UNION ALL SELECT backup || ' ' || kind FROM backup_check WHERE ended_at < began_at - interval '1 hour'
            """
        ),
        LedgerInvariant(
            "migrations-without-gap",
            "the migrations that were applied are numbered from 1 without a gap",
            """
            SELECT n::text FROM generate_series(1, (SELECT max(number) FROM martlet_migration)) n
            WHERE NOT EXISTS (SELECT FROM martlet_migration m WHERE m.number = n)
            """
        ),
    ]
}
