// SPDX-License-Identifier: Apache-2.0
// Martlet: advisory locks, which live as long as their session.

extension PostgresSession {
    private static let tryLock = PostgresStatement("", "SELECT pg_try_advisory_lock($1)", parameters: [.int8])
    private static let unlock = PostgresStatement("", "SELECT pg_advisory_unlock($1)", parameters: [.int8])
    /// Longest pause between two attempts.
    private static let maxPause: Duration = .milliseconds(250)

    /// Takes the lock if nobody holds it.
    public func tryAdvisoryLock(_ key: Int64) async throws(PostgresError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(key)
        return try await execute(Self.tryLock, bindings).bool(0, 0)
    }

    /// Takes the lock, trying again until `deadline`.
    ///
    /// It asks repeatedly instead of waiting inside the server: a waiting statement holds a snapshot, on which
    /// `CREATE INDEX CONCURRENTLY` of the lock's holder would wait in turn.
    /// - Throws: `.deadlineExceeded` when another session keeps it; the session stays usable.
    public func advisoryLock(_ key: Int64, deadline: Duration) async throws(PostgresError) {
        let due = MonotonicTime.now + deadline
        var pause: Duration = .milliseconds(10)
        while try await !tryAdvisoryLock(key) {
            guard MonotonicTime.now < due else {
                throw PostgresError(.deadlineExceeded, "another session holds advisory lock \(key)")
            }
            do {
                try await Task.sleep(for: pause * Double.random(in: 0.5...1))
            } catch {
                throw PostgresError(.cancelled, "cancelled while waiting for a lock")
            }
            pause = min(pause * 2, Self.maxPause)
        }
    }

    /// Gives the lock back.
    /// - Returns: false when this session did not hold it.
    @discardableResult
    public func advisoryUnlock(_ key: Int64) async throws(PostgresError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(key)
        return try await execute(Self.unlock, bindings).bool(0, 0)
    }
}
