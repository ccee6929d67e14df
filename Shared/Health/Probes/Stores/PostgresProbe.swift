// SPDX-License-Identifier: Apache-2.0
// Martlet: opens a session of a PostgreSQL server and runs a statement.
internal import NIOCore
public import Postgres

/// Connects anew and runs a statement, for example `SELECT 1`.
///
/// Facts: `value` (first column of the first row), `count` (of rows), `latency`. Without conditions a statement that
/// succeeds is up. While a server does not answer, each run keeps a thread for 2 s or the time-out, whichever is longer.
public struct PostgresProbe: Probe {
    /// Where the server is, what to run and what to expect.
    public struct Target: Sendable {
        /// The server and the credentials.
        public var configuration: PostgresConfiguration
        /// The statement; default `SELECT 1`. A script of several is run as one transaction, and its last rows count.
        public var statement: String
        /// What to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(configuration: PostgresConfiguration, statement: String = "SELECT 1") {
            self.configuration = configuration
            self.statement = statement
        }
    }

    private let target: Target
    private let resources: ProbeResources

    /// Checks the statement; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        guard !target.statement.trimmed.isEmpty else { throw ProbeConfigurationError("statement", "must not be empty") }
        var target = target
        target.configuration.applicationName = "martlet-health"
        self.target = target
        self.resources = resources
    }

    /// Connects and asks once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let note = PhaseNote(.connecting)
        let outcome = await BoundedCall<Result<Answer, ProbeFailure>>.run(
            on: resources.group.next(),
            timeout: timeout,
            late: { .failure(.timedOut(after: timeout, note.phase)) },
            cancelled: { .failure(.cancelled) }
        ) {
            do throws(PostgresError) { return .success(try await ask(timeout, start + timeout, note)) } catch {
                return .failure(Self.failure(error, timeout, note.phase))
            }
        }
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let answer):
            var facts = ProbeFacts(latency: latency)
            facts.count = answer.rows
            facts.value = answer.value.flatMap { Double($0) ?? ["t": 1, "f": 0][$0] }
            facts.valueText = answer.value
            return target.expectations.judge(facts)
        }
    }

    private struct Answer: Sendable {
        var rows: Int
        var value: String?
    }

    private func ask(
        _ timeout: Duration,
        _ deadline: ContinuousClock.Instant,
        _ note: PhaseNote
    ) async throws(PostgresError) -> Answer {
        var configuration = target.configuration
        // The run's own deadline comes first, so that the reason is always the same.
        configuration.connectTimeout = timeout + .seconds(1)
        // So that the server does not go on with what nobody waits for.
        configuration.statementTimeout = max(timeout, .milliseconds(1))
        configuration.lockTimeout = configuration.statementTimeout
        let session = try await PostgresSession.connect(configuration, on: resources.databaseLoop)
        note.phase = .waitingForAnswer
        let outcome: Result<Answer, PostgresError>
        do throws(PostgresError) {
            let results = try await session.simpleQuery(
                target.statement,
                deadline: max(deadline - .now, .zero) + .seconds(1)
            )
            let last = results.last { $0.columnCount > 0 }
            let rows = last?.rowCount ?? 0
            outcome = .success(Answer(rows: rows, value: rows > 0 ? try last?.optionalString(0, 0) : nil))
        } catch {
            outcome = .failure(error)
        }
        await session.close()
        return try outcome.get()
    }

    /// Without the library's lead-in, which repeats the address.
    private static func failure(_ error: PostgresError, _ timeout: Duration, _ phase: ProbePhase) -> ProbeFailure {
        switch error.code {
        case .cancelled: return .cancelled
        case .deadlineExceeded, .server(sqlState: "57014"): return .timedOut(after: timeout, phase)
        case .configuration: return ProbeFailure(error.message, status: .unknown)
        case .server(let state): return ProbeFailure("the statement failed: \(error.message) (\(state))")
        default: break
        }
        var text = error.message
        for mark in [" failed: ", "FATAL:  ", "FATAL: "] {
            if let range = text.utf8.textBehind(mark) { text = String(text[range...]) }
        }
        return ProbeFailure("PostgreSQL: \(text)")
    }
}

extension String.UTF8View {
    /// Where the text behind the first occurrence of `mark` begins.
    fileprivate func textBehind(_ mark: String) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].starts(with: mark.utf8) { return index(start, offsetBy: mark.utf8.count) }
            start = index(after: start)
        }
        return nil
    }
}
