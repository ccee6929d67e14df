// SPDX-License-Identifier: Apache-2.0
// Martlet: connects to a Redis server and asks for a sign of life.
internal import Logging
internal import NIOCore
public import Redis
internal import Synchronization

/// Connects anew, authenticates, and sends PING; INFO where conditions or the role need it.
///
/// Facts: `info.FIELD`, `latency`. Without conditions a PONG is up.
public struct RedisProbe: Probe {
    /// Where the server is and what to expect.
    public struct Target: Sendable {
        /// The server and the credentials.
        public var configuration: RedisConfiguration
        /// The role that the server must have, `master` or `slave`; nil for any.
        public var role: String?
        /// What else to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(configuration: RedisConfiguration, role: String? = nil) {
            self.configuration = configuration
            self.role = role
        }
    }

    private let target: Target
    private let resources: ProbeResources
    private let clients = RedisClientShelf()

    /// Checks the role; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        guard target.role == nil || target.role == "master" || target.role == "slave" else {
            throw ProbeConfigurationError("role", "must be master or slave")
        }
        self.target = target
        self.resources = resources
    }

    /// Connects and asks once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let note = PhaseNote(.connecting)
        let outcome = await BoundedCall<Result<[String: String], ProbeFailure>>.run(
            on: resources.group.next(),
            timeout: timeout,
            late: { .failure(.timedOut(after: timeout, note.phase)) },
            cancelled: { .failure(.cancelled) }
        ) {
            do throws(RedisError) { return .success(try await ask(timeout, start + timeout, note)) } catch {
                return .failure(RedisTrouble.failure(error, timeout, note.phase))
            }
        }
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let info):
            if let role = target.role, info["role"] != role {
                let found = info["role"] ?? "nothing"
                return ProbeFailure("expected the role \(role), found \(found)").result(latency: latency)
            }
            var facts = ProbeFacts(latency: latency)
            facts.info = info
            return target.expectations.judge(facts)
        }
    }

    private func ask(
        _ timeout: Duration,
        _ deadline: ContinuousClock.Instant,
        _ note: PhaseNote
    ) async throws(RedisError) -> [String: String] {
        let reader = try clients.client(target.configuration, timeout, resources.group).makeBlockingReader()
        defer { reader.close() }
        try await reader.connect()
        note.phase = .waitingForAnswer
        let pong = try await reader.send(RedisCommand("PING"), timeout: max(deadline - .now, .milliseconds(1)))
        guard pong == .status("PONG") else { throw RedisError(.unexpectedReply, "the answer to PING is not PONG") }
        let needsAll = (target.expectations.conditions + target.expectations.degraded).contains { condition in
            if case .info = condition.subject { true } else { false }
        }
        guard needsAll || target.role != nil else { return [:] }
        let command = needsAll ? RedisCommand("INFO") : RedisCommand("INFO", "replication")
        return Self.fields(
            try await reader.send(command, timeout: max(deadline - .now, .milliseconds(1))).string ?? ""
        )
    }

    private static func fields(_ info: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in info.utf8.split(whereSeparator: { $0 == 13 || $0 == 10 }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            fields[String(Substring(line[..<colon]))] = String(Substring(line[line.index(after: colon)...]))
        }
        return fields
    }
}
