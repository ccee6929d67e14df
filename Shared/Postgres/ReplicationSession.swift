// SPDX-License-Identifier: Apache-2.0
// Martlet: a connection that speaks PostgreSQL's replication protocol.

/// A session with the server's WAL sender: base backups, slots and the log as a stream; one thing at a time.
///
/// ```swift
/// let session = try await ReplicationSession.connect(configuration, on: loop)
/// let system = try await session.identify()
/// ```
/// The role needs the REPLICATION attribute, and `pg_hba.conf` a line for `replication`. See PostgreSQL's
/// documentation, "Streaming Replication Protocol".
public struct ReplicationSession: Sendable {
    /// The oldest server that is understood: BASE_BACKUP has sent its archives in one COPY since 15.
    public static let oldestVersion = 150_000

    let session: PostgresSession
    /// How long the server may be silent while we listen.
    let silence: Duration

    /// Connects.
    /// - Parameter silence: how long the server may be silent while we wait for it, default 60 s; there is no
    ///   other limit.
    /// - Throws: `.connectionFailed`, `.cancelled`; `.configuration` for a server before 15.
    public static func connect(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop,
        silence: Duration = .seconds(60)
    ) async throws(PostgresError) -> ReplicationSession {
        var configuration = configuration
        configuration.isReplication = true
        // The server's limits for statements would end what lasts for hours.
        configuration.statementTimeout = .zero
        configuration.lockTimeout = .zero
        configuration.idleInTransactionTimeout = .zero
        let session = try await PostgresSession.connect(configuration, on: loop)
        guard session.serverVersion >= oldestVersion else {
            await session.close()
            throw PostgresError(
                .configuration,
                "the server has version \(session.serverVersion / 10_000); physical backups need 15 or later"
            )
        }
        return ReplicationSession(session: session, silence: silence)
    }

    /// The server's version as one number: `150020` is 15.20.
    public var serverVersion: Int { session.serverVersion }

    /// Closes at once; what is under way fails.
    public func close() async { await session.close() }

    /// Which cluster it is, on which timeline, and how far its log is flushed.
    public func identify() async throws(PostgresError) -> ReplicationSystem {
        let row = try await row("IDENTIFY_SYSTEM")
        guard let id = UInt64(try row.string(0, 0)), let timeline = UInt32(exactly: try row.int64(0, 1)),
            let position = LSN(try row.string(0, 2))
        else { throw PostgresError(.decoding, "the server's identity is not understood") }
        return ReplicationSystem(id: id, timeline: timeline, flushed: position)
    }

    /// The value of a server parameter as text.
    public func show(_ name: String) async throws(PostgresError) -> String {
        try await row("SHOW \(PostgresHandle.quoted(name))").string(0, 0)
    }

    /// Bytes of the log's segments: 16 MiB unless initdb was told otherwise.
    public func segmentSize() async throws(PostgresError) -> Int {
        let text = try await show("wal_segment_size")
        guard let number = Int(text.dropLast(2)), number > 0, text.hasSuffix("MB") || text.hasSuffix("GB") else {
            throw PostgresError(.decoding, "the size of the log's segments is not understood: \(text)")
        }
        return number << (text.hasSuffix("MB") ? 20 : 30)
    }

    /// The content of a timeline's history file; timeline 1 has none.
    public func history(of timeline: UInt32) async throws(PostgresError) -> String {
        try await row("TIMELINE_HISTORY \(timeline)").string(0, 1)
    }

    /// Makes a physical slot that keeps the log from now on.
    /// - Throws: `.server(sqlState: "42710")` when it exists.
    public func createSlot(_ name: String, isTemporary: Bool = false) async throws(PostgresError) {
        let kind = isTemporary ? " TEMPORARY" : ""
        _ = try await run("CREATE_REPLICATION_SLOT \(PostgresHandle.quoted(name))\(kind) PHYSICAL (RESERVE_WAL)")
    }

    /// Removes a slot; waits until nobody uses it.
    public func dropSlot(_ name: String) async throws(PostgresError) {
        _ = try await run("DROP_REPLICATION_SLOT \(PostgresHandle.quoted(name)) WAIT")
    }

    /// What a physical slot keeps; nil if there is none of this name.
    public func slot(_ name: String) async throws(PostgresError) -> ReplicationSlot? {
        let row = try await row("READ_REPLICATION_SLOT \(PostgresHandle.quoted(name))")
        guard !row.isNull(0, 0) else { return nil }
        let position = row.isNull(0, 1) ? nil : LSN(try row.string(0, 1))
        let timeline = row.isNull(0, 2) ? nil : UInt32(exactly: try row.int64(0, 2))
        return ReplicationSlot(restart: position, timeline: timeline)
    }

    private func run(_ command: String) async throws(PostgresError) -> [PostgresResult] {
        try await session.simpleQuery(command, deadline: silence)
    }

    private func row(_ command: String) async throws(PostgresError) -> PostgresResult {
        guard let result = try await run(command).first, result.rowCount > 0 else {
            throw PostgresError(.decoding, "the server gave no answer to \(command.prefix { $0 != " " })")
        }
        return result
    }
}
