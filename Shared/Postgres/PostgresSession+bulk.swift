// SPDX-License-Identifier: Apache-2.0
// Martlet: COPY of whole tables, in pieces of many rows.

extension PostgresSession {
    /// Copies out like `copyOut(_:deadline:_:)`, but hands over many rows at once: whole ones, as soon as they have
    /// `piece` bytes together.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyOut(
        _ sql: String,
        gathering piece: Int,
        deadline: Duration? = nil,
        _ body: @Sendable ([UInt8]) async throws(PostgresError) -> Void
    ) async throws(PostgresError) -> Int {
        try await exclusively(deadline) { () async throws(PostgresError) in
            try await beginCopy(sql, isIn: false)
            var rows: [UInt8] = []
            while true {
                try checkOpen()
                hasBeenReady = false
                let step = takeRows(&rows, upTo: piece)
                if step == .wait {
                    try await waitUntilReady()
                    continue
                }
                if !rows.isEmpty {
                    let ready = rows
                    rows = []
                    do throws(PostgresError) {
                        pauseReading()
                        try await body(ready)
                        resumeReading()
                    } catch {
                        // The rest of the data is on its way; only a new connection gets rid of it.
                        finish(PostgresError(.closed, "a copy was left"))
                        throw error
                    }
                }
                if step == .end { return try await collect().first?.affectedRows ?? 0 }
            }
        }
    }

    /// Takes rows until there are `piece` bytes, or no more for now, or no more at all.
    private func takeRows(_ rows: inout [UInt8], upTo piece: Int) -> PostgresHandle.CopyRead {
        if rows.isEmpty { rows.reserveCapacity(piece + piece / 4) }
        while rows.count < piece {
            let step = handle.readCopy { rows.append(span: $0) }
            guard step == .message else { return step }
        }
        return .message
    }

    /// Copies in what `body` writes, with a statement like `COPY t FROM STDIN`; an error of the body undoes the copy.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyIn(
        _ sql: String,
        deadline: Duration? = nil,
        _ body: @Sendable (PostgresCopyWriter) async throws(PostgresError) -> Void
    ) async throws(PostgresError) -> Int {
        try await exclusively(deadline) { () async throws(PostgresError) in
            try await beginCopy(sql, isIn: true)
            do throws(PostgresError) {
                try await body(PostgresCopyWriter(session: self))
            } catch {
                try checkOpen()
                return try await refuseCopy(error)
            }
            return try await endCopy()
        }
    }
}
