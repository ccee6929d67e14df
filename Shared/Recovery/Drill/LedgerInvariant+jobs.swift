// SPDX-License-Identifier: Apache-2.0
// Martlet: rules about jobs, their ends and their attempts.

extension LedgerInvariant {
    static let jobs = [
        LedgerInvariant(
            "live-job-has-payload",
            "every unfinished job has what was asked for",
            "SELECT l.id::text FROM job_live l WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = l.id)"
        ),
        LedgerInvariant(
            "receipt-has-payload",
            "every receipt belongs to a job",
            "SELECT d.id::text FROM job_done d WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = d.id)"
        ),
        LedgerInvariant(
            "attempt-has-payload",
            "every attempt belongs to a job",
            "SELECT a.id || ' epoch ' || a.epoch FROM job_attempt a WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = a.id)"
        ),
        LedgerInvariant(
            "job-is-live-or-done",
            "no job is lost: each is unfinished or has a receipt",
            """
            SELECT j.id::text FROM job j
            WHERE NOT EXISTS (SELECT FROM job_live l WHERE l.id = j.id) AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = j.id)
            """
        ),
        LedgerInvariant(
            "job-is-not-both",
            "no job is unfinished and has a receipt",
            "SELECT l.id::text FROM job_live l JOIN job_done d ON d.id = l.id"
        ),
        LedgerInvariant(
            "live-state",
            "a live row's state is known and its lane fits it",
            """
            SELECT id || ' state ' || state || ' lane ' || lane FROM job_live WHERE NOT CASE
                WHEN state IN (2, 3) THEN lane = -1
                WHEN state IN (0, 1, 4) THEN lane = queue_id * 10 + priority OR lane = -2 AND losses >= 2 ELSE false END
            """
        ),
        LedgerInvariant(
            "live-numbers",
            "a live row's fence, attempt, losses and priority are within their bounds",
            """
            SELECT id || ' epoch ' || epoch || ' attempt ' || attempt || ' losses ' || losses || ' priority ' || priority FROM job_live
            WHERE epoch < 1 OR attempt < 0 OR losses < 0 OR priority NOT BETWEEN 0 AND 9 OR generation < 0
            """
        ),
        LedgerInvariant(
            "running-has-owner",
            "a running job has a worker",
            "SELECT id::text FROM job_live WHERE state = 3 AND owner IS NULL"
        ),
        LedgerInvariant(
            "live-fits-job",
            "a live row has its job's queue and priority",
            """
            SELECT l.id::text FROM job_live l JOIN job j ON j.id = l.id
            WHERE (l.queue_id, l.priority) IS DISTINCT FROM (j.queue_id, j.priority)
            """
        ),
        LedgerInvariant(
            "job-has-queue",
            "every job is in a queue that exists",
            "SELECT j.id || ' queue ' || j.queue_id FROM job j WHERE NOT EXISTS (SELECT FROM queue q WHERE q.id = j.queue_id)"
        ),
        LedgerInvariant(
            "receipt-numbers",
            "a receipt's outcome is known and its numbers are within their bounds",
            """
            SELECT id || ' outcome ' || outcome || ' epoch ' || epoch FROM job_done
            WHERE outcome NOT IN (1, 2, 3) OR epoch < 1 OR attempt < 0 OR losses < 0 OR run_us < 0
            """
        ),
        LedgerInvariant(
            "receipt-time",
            "no job ended before it was accepted or in the future, an hour allowed for clocks that were set",
            """
            SELECT id || ' at ' || finished_at FROM job_done
            WHERE finished_at < job_id_time(id) - interval '1 hour' OR finished_at > now() + interval '1 hour'
            """
        ),
        LedgerInvariant(
            "attempt-numbers",
            "an attempt's outcome is known and its numbers are within their bounds",
            """
            SELECT id || ' epoch ' || epoch || ' outcome ' || outcome FROM job_attempt
            WHERE outcome NOT IN (1, 2, 3, 4) OR epoch < 1 OR attempt < 1 OR run_us < 0
            """
        ),
        LedgerInvariant(
            "attempt-fence",
            "no attempt has a later fence than its job",
            """
            SELECT a.id || ' epoch ' || a.epoch FROM job_attempt a
            LEFT JOIN job_live l ON l.id = a.id LEFT JOIN job_done d ON d.id = a.id
            WHERE a.epoch > coalesce(l.epoch, d.epoch)
            """
        ),
        LedgerInvariant(
            "id-time",
            "no job was accepted in the future, an hour allowed for clocks that were set",
            "SELECT id::text FROM job WHERE id > job_id_floor(now() + interval '1 hour')"
        ),
    ]
}
