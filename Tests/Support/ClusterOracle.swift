// SPDX-License-Identifier: Apache-2.0
// Martlet: compares what clients were told with what the ledger holds, in SQL.

/// The judge of one test: it looks at jobs accepted since it was made.
public struct ClusterOracle: Sendable {
    /// What came of the jobs.
    public struct Verdict: Sendable, CustomStringConvertible {
        /// Acknowledged jobs.
        public var acknowledged = 0
        /// Jobs that may or may not have been recorded, and those of them that were.
        public var ambiguous = (all: 0, recorded: 0)
        /// Requests that were told that nothing was recorded.
        public var refused = 0
        /// Lost attempts in the ledger: workers that vanished over a job.
        public var lost = 0
        /// Jobs that were handed out more than once, for whatever reason.
        public var handedOutAgain = 0

        /// A line for the test's output.
        public var description: String {
            """
            \(acknowledged) acknowledged, all done once; \(ambiguous.all) unknown to their client, \(ambiguous.recorded) of them recorded; \
            \(refused) refused, none recorded; \(lost) lost attempts; \(handedOutAgain) jobs handed out again
            """
        }
    }

    private let postgres: ClusterPostgres
    private let floor: String

    /// Begins to judge: only jobs accepted from now on count.
    public init(_ cluster: Cluster) async throws {
        postgres = cluster.postgres
        floor =
            try await postgres.rows("SELECT job_id_floor(clock_timestamp())").first?.first.flatMap { $0 }
            ?? "0"
    }

    /// A condition on the column `id` that selects the jobs that are judged.
    public var isMine: String { "id >= \(floor)" }

    /// Waits until every job has ended, and throws unless everything is as promised.
    ///
    /// - Parameter outcomes: What jobs may have come to; 1 is completed, 2 cancelled, 3 discarded.
    public func judge(
        _ record: ClusterRecord,
        within limit: Duration = .seconds(60),
        outcomes: [Int] = [1]
    )
        async throws
        -> Verdict
    {
        try await settle(within: limit)
        try await load(record)
        var violations = record.failures.prefix(10).map { "a client saw: \($0)" }
        for rule in rules(outcomes) {
            let rows = try await postgres.rows(rule.query + " LIMIT 20")
            guard !rows.isEmpty else { continue }
            let ids = rows.map { $0.map { $0 ?? "NULL" }.joined(separator: " ") }
            violations.append(
                "\(rule.name): \(ids.joined(separator: ", "))\n\(try await details(rows.compactMap { $0.first ?? nil }))"
            )
        }
        guard violations.isEmpty else { throw ClusterFailure(violations.joined(separator: "\n")) }
        return try await verdict(record)
    }

    /// Waits until no job is unfinished.
    public func settle(within limit: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            let left = try await postgres.number("SELECT count(*) FROM job_live")
            if left == 0 { return }
            guard ContinuousClock.now < deadline else {
                let rows = try await postgres.rows(
                    "SELECT to_json(l), now() FROM job_live l ORDER BY check_at LIMIT 20"
                )
                let text = rows.map { $0.map { $0 ?? "" }.joined(separator: " now ") }.joined(
                    separator: "\n"
                )
                throw ClusterFailure("\(left) jobs are unfinished after \(limit):\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func rules(_ outcomes: [Int]) -> [(name: String, query: String)] {
        let allowed = outcomes.map(String.init).joined(separator: ", ")
        return [
            (
                "acknowledged, and neither done nor live: LOST",
                "SELECT id FROM oracle_ack a WHERE NOT EXISTS (SELECT FROM job_done d WHERE d.id = a.id)"
            ),
            (
                "acknowledged, and there is no such job",
                "SELECT id FROM oracle_ack a WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = a.id)"
            ),
            (
                "acknowledged as another job than was sent",
                "SELECT id, a.args, j.args FROM oracle_ack a JOIN job j USING (id) WHERE a.args <> j.args"
            ),
            (
                "one id for two requests",
                "SELECT id, count(*) FROM oracle_ack GROUP BY id HAVING count(*) > 1"
            ),
            (
                "done twice",
                "SELECT id, count(*) FROM job_done WHERE \(isMine) GROUP BY id HAVING count(*) > 1"
            ),
            ("done and live", "SELECT id FROM job_done JOIN job_live USING (id)"),
            (
                "done, and there is no such job",
                "SELECT id FROM job_done d WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = d.id)"
            ),
            (
                "recorded, and neither done nor live",
                "SELECT id FROM job j WHERE \(isMine) AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = j.id)"
            ),
            (
                "ended otherwise",
                "SELECT id, outcome FROM job_done WHERE \(isMine) AND outcome NOT IN (\(allowed))"
            ),
            (
                "recorded although its client was told that it was not",
                "SELECT id, args FROM job JOIN oracle_refused USING (args) WHERE \(isMine)"
            ),
            (
                "one request recorded twice",
                "SELECT min(id), args FROM job WHERE \(isMine) AND args <> '{}' GROUP BY args HAVING count(*) > 1"
            ),
            (
                "the tallies and the receipts differ",
                "SELECT t, d FROM (SELECT (SELECT coalesce(sum(jobs), 0) FROM tally) AS t, (SELECT count(*) FROM job_done) AS d) s WHERE t <> d"
            ),
        ]
    }

    /// Everything that the ledger holds on some jobs.
    public func details(_ ids: [String]) async throws -> String {
        let list = ids.prefix(5).filter { $0.allSatisfy(\.isNumber) }.joined(separator: ", ")
        guard !list.isEmpty else { return "" }
        let tables = ["job", "job_live", "job_done", "job_attempt"]
        let query = tables.map { "SELECT '\($0)', to_json(t)::text FROM \($0) t WHERE id IN (\(list))" }
        let rows = try await postgres.rows(query.joined(separator: " UNION ALL "))
        return rows.map { "    " + $0.map { $0 ?? "" }.joined(separator: " ") }.joined(separator: "\n")
    }

    private func verdict(_ record: ClusterRecord) async throws -> Verdict {
        var verdict = Verdict()
        verdict.acknowledged = record.acks.count
        verdict.refused = record.refused.count
        let recorded = try await postgres.number(
            "SELECT count(*) FROM job JOIN oracle_ambiguous USING (args) WHERE \(isMine)"
        )
        verdict.ambiguous = (record.ambiguous.count, recorded)
        verdict.lost = try await postgres.number(
            "SELECT count(*) FROM job_attempt WHERE \(isMine) AND outcome = 3"
        )
        verdict.handedOutAgain = try await postgres.number(
            "SELECT count(*) FROM job_done WHERE \(isMine) AND epoch > 1"
        )
        return verdict
    }

    private func load(_ record: ClusterRecord) async throws {
        try await postgres.rows(
            """
            CREATE TABLE IF NOT EXISTS oracle_ack (id bigint, args text);
            CREATE TABLE IF NOT EXISTS oracle_refused (args text);
            CREATE TABLE IF NOT EXISTS oracle_ambiguous (args text);
            """
        )
        let refused = "SELECT unnest(\(Self.array(record.refused)))"
        let ambiguous = "SELECT unnest(\(Self.array(record.ambiguous)))"
        let ids = "'{\(record.acks.map { String($0.id) }.joined(separator: ","))}'::bigint[]"
        try await postgres.rows(
            """
            TRUNCATE oracle_ack, oracle_refused, oracle_ambiguous;
            INSERT INTO oracle_ack SELECT * FROM unnest(\(ids), \(Self.array(record.acks.map(\.args))));
            INSERT INTO oracle_refused \(refused);
            INSERT INTO oracle_ambiguous \(ambiguous);
            ANALYZE oracle_ack, oracle_refused, oracle_ambiguous, job, job_done;
            """
        )
    }

    private static func array(_ texts: [String]) -> String {
        let elements = texts.map { text in
            "\""
                + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                    "'",
                    with: "''"
                ) + "\""
        }
        return "'{\(elements.joined(separator: ","))}'::text[]"
    }
}
