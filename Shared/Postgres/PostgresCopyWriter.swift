// SPDX-License-Identifier: Apache-2.0
// Martlet: the open end of a COPY into a table.

/// Takes the data of one `COPY … FROM STDIN`; valid while the body of `PostgresSession.copyIn(_:deadline:_:)` runs.
public struct PostgresCopyWriter: Sendable {
    let session: PostgresSession

    /// Sends bytes, which may begin and end anywhere in a row; waits while the server is slower.
    public func write(_ bytes: [UInt8]) async throws(PostgresError) { try await session.put(bytes) }
}
