// SPDX-License-Identifier: Apache-2.0
// Idempotency keys: a request that comes twice is answered with the first one's jobs.

internal import Postgres

extension Ledger {
    /// How long an idempotency key is remembered.
    public static let idempotencyWindow: Duration = .seconds(86_400)

    private static let claimKey = PostgresStatement(
        "idempotency_claim",
        """
        INSERT INTO idempotency AS i (key, fingerprint, job_ids, expires_at)
        VALUES ($1, $2, '{}', now() + $3 * interval '1 microsecond')
        ON CONFLICT (key) DO UPDATE SET
            fingerprint = CASE WHEN i.expires_at <= now() THEN excluded.fingerprint ELSE i.fingerprint END,
            job_ids = CASE WHEN i.expires_at <= now() THEN '{}' ELSE i.job_ids END,
            expires_at = CASE WHEN i.expires_at <= now() THEN excluded.expires_at ELSE i.expires_at END
        RETURNING fingerprint = $2, job_ids
        """,
        parameters: [.text, .bytea, .int8]
    )

    /// Records jobs under an idempotency key, all or none.
    ///
    /// - Parameters:
    ///   - rows: The jobs, in order.
    ///   - key: The client's key, at most 255 bytes.
    ///   - fingerprint: A digest of the request; a repetition must bear the same.
    /// - Returns: The jobs, and whether an earlier request made them.
    /// - Throws: `.idempotencyMismatch` when the key was used for another request.
    public func enqueue(_ rows: [LedgerRow], key: String, fingerprint: [UInt8], generation: Int32)
        async throws(JobsError) -> (jobs: [EnqueuedJob], isRepeat: Bool)
    {
        var claim = PostgresBindings()
        claim.append(key)
        claim.append(bytes: fingerprint)
        claim.append(Self.idempotencyWindow.wholeMicroseconds)
        let batch = UniqueRows(rows)
        let jobs = LedgerRow.fullBindings(batch.rows, key: key, generation: generation, relay: relayDeadline)
        let results = try await withPartitions { () throws(JobsError) in
            try await transaction([(Self.claimKey, claim), (Self.enqueueFull, jobs)])
        }
        let (matches, earlier) = try decode { () throws(PostgresError) in
            (try results[0].bool(0, 0), try results[0].int64Array(0, 1))
        }
        guard matches else {
            throw JobsError(.idempotencyMismatch, "this idempotency key was used for another request")
        }
        if earlier.isEmpty {
            return (batch.spread(try answers(results[1], expected: batch.rows.count)), false)
        }
        let repeated = earlier.map { EnqueuedJob(id: JobID(rawValue: $0), isExisting: true) }
        return (batch.rows.count == repeated.count ? batch.spread(repeated) : repeated, true)
    }
}
