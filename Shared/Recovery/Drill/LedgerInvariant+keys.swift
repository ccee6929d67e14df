// SPDX-License-Identifier: Apache-2.0
// Martlet: rules about unique keys and idempotency keys.

extension LedgerInvariant {
    static let keys = [
        LedgerInvariant(
            "unique-key-has-job",
            "every unique key belongs to a job that has it",
            """
            SELECT u.job_id::text FROM unique_key u LEFT JOIN job j ON j.id = u.job_id
            WHERE u.job_id >= \(oldestID) AND j.unique_key IS DISTINCT FROM u.key
            """
        ),
        LedgerInvariant(
            "held-key-is-live",
            "a unique key without an end belongs to an unfinished job",
            """
            SELECT u.job_id::text FROM unique_key u
            WHERE u.expires_at = 'infinity' AND NOT EXISTS (SELECT FROM job_live l WHERE l.id = u.job_id)
            """
        ),
        LedgerInvariant(
            "idempotency-has-jobs",
            "every idempotency key remembers jobs that exist",
            """
            SELECT DISTINCT t.id::text FROM idempotency i CROSS JOIN LATERAL unnest(i.job_ids) t (id)
            WHERE t.id >= \(oldestID) AND NOT EXISTS (SELECT FROM job j WHERE j.id = t.id)
            UNION ALL SELECT 'a key without jobs' FROM idempotency WHERE job_ids = '{}'
            """
        ),
    ]
}
