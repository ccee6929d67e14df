// SPDX-License-Identifier: Apache-2.0
// Martlet: rules about partitions.

extension LedgerInvariant {
    private static let children = """
        SELECT p.relname::text AS parent, c.relname::text AS child, pg_get_expr(c.relpartbound, c.oid) AS bound
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
        WHERE c.relkind = 'r' AND p.relnamespace = 'public'::regnamespace
        """

    static let partitions = [
        LedgerInvariant(
            "partition-bounds",
            "a day's partition of jobs is named after the day whose ids it holds",
            """
            SELECT child || ' ' || coalesce(bound, 'without bounds') FROM (\(children)) c
            WHERE parent IN ('job', 'job_done', 'job_attempt') AND CASE
                WHEN child !~ ('^' || parent || '_[0-9]{8}$') THEN true
                ELSE bound IS DISTINCT FROM format('FOR VALUES FROM (%L) TO (%L)',
                    job_id_floor(right(child, 8)::date::timestamp AT TIME ZONE 'UTC'),
                    job_id_floor((right(child, 8)::date + 1)::timestamp AT TIME ZONE 'UTC')) END
            """
        ),
        LedgerInvariant(
            "partition-days",
            "jobs, receipts and attempts have partitions of the same days",
            """
            SELECT day || ' lacks ' || string_agg(parent, ', ') FROM (
                SELECT d.day, p.parent FROM (SELECT DISTINCT right(child, 8) AS day FROM (\(children)) c
                    WHERE parent IN ('job', 'job_done', 'job_attempt') AND child ~ '_[0-9]{8}$') d
                CROSS JOIN (VALUES ('job'), ('job_done'), ('job_attempt')) p (parent)
                EXCEPT SELECT right(child, 8), parent FROM (\(children)) c) lacking GROUP BY day
            """
        ),
        LedgerInvariant(
            "health-partition-bounds",
            "a partition of the health history is named after the time that it holds",
            """
            SELECT child || ' ' || coalesce(bound, 'without bounds') FROM (\(children)) c
            JOIN (VALUES ('health_sample', interval '1 day'), ('health_minute', interval '1 day'), ('health_hour', interval '1 month'))
                k (parent, step) USING (parent)
            WHERE CASE WHEN child !~ ('^' || parent || '_[0-9]{8}$') THEN true
                ELSE bound IS DISTINCT FROM format('FOR VALUES FROM (%L) TO (%L)', right(child, 8)::date::timestamp AT TIME ZONE 'UTC',
                    (right(child, 8)::date::timestamp + step) AT TIME ZONE 'UTC') END
            """
        ),
    ]
}
