// SPDX-License-Identifier: Apache-2.0
// Martlet: how many connections a pool keeps and how long callers wait for them.

/// Settings of a `PostgresPool`.
public struct PostgresPoolConfiguration: Sendable {
    /// Where to connect.
    public var connection: PostgresConfiguration
    /// Shown in logs and metrics, such as `api`.
    public var name: String
    /// Connections to keep open; at least 1; default 2, since each carries many calls at once.
    public var connections = 2
    /// Calls on the wire for each connection; default 128.
    public var window = 128
    /// Calls that may be unanswered in the whole pool before new ones fail with `.overloaded`; default 4096.
    public var maxPending = 4_096
    /// How long a call waits for an open connection; default 5 s.
    public var acquireTimeout: Duration = .seconds(5)
    /// First pause after a failed attempt to connect; doubles up to `maxBackoff`, each time with jitter; default 100 ms.
    public var minBackoff: Duration = .milliseconds(100)
    /// Longest pause between attempts to connect; default 5 s.
    public var maxBackoff: Duration = .seconds(5)
    /// How long shutdown waits for calls in flight; default 10 s.
    public var drainTimeout: Duration = .seconds(10)

    /// Told of each call that ended: what was called (statement names, those of a transaction joined by `+`), how long it took with its wait for a
    /// connection, and why it failed if it did. Must be quick.
    public var onCall: (@Sendable (_ operation: String, _ elapsed: Duration, _ error: PostgresError?) -> Void)?

    /// Makes settings with the defaults above.
    public init(_ connection: PostgresConfiguration, name: String = "default", connections: Int = 2) {
        self.connection = connection
        self.name = name
        self.connections = connections
    }
}
