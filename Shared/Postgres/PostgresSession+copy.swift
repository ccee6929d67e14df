// SPDX-License-Identifier: Apache-2.0
// Martlet: COPY in both directions.

extension PostgresSession {
    /// Rows are gathered to about this many bytes before they go to libpq.
    static let copyChunk = 65_536

    /// Copies `rows` into a table in binary, all or nothing.
    ///
    /// ```swift
    /// try await session.copyIn(table: "job", columns: ["id", "kind"], rows: jobs) { job, row in
    ///     row.append(job.id)
    ///     row.append(job.kind)
    /// }
    /// ```
    /// - Parameters:
    ///   - table: name of a table on the search path; quoted by this call.
    ///   - deadline: limit of the whole copy; default the statement timeout and the silence margin.
    ///   - encode: appends exactly one value for each column.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyIn<Rows: Sequence & Sendable>(
        table: String,
        columns: [String],
        rows: Rows,
        deadline: Duration? = nil,
        encode: @Sendable (Rows.Element, inout PostgresCopyRow) -> Void
    ) async throws(PostgresError) -> Int {
        let names = columns.map(PostgresHandle.quoted).joined(separator: ", ")
        let sql = "COPY \(PostgresHandle.quoted(table)) (\(names)) FROM STDIN (FORMAT binary)"
        return try await exclusively(deadline) { () async throws(PostgresError) in
            try await beginCopy(sql, isIn: true)
            var encoder = PostgresCopyRow()
            encoder.beginFile()
            for row in rows {
                encoder.beginRow(columns.count)
                encode(row, &encoder)
                guard encoder.columns == columns.count else {
                    return try await refuseCopy(
                        PostgresError(.encoding, "\(encoder.columns) values for \(columns.count) columns of \(table)")
                    )
                }
                if encoder.storage.count >= Self.copyChunk { try await put(encoder.take()) }
            }
            encoder.endFile()
            try await put(encoder.take())
            return try await endCopy()
        }
    }

    /// Copies ready-made data, such as CSV or a dump's text, with a statement like `COPY t FROM STDIN (FORMAT csv)`.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyIn<Chunks: AsyncSequence & Sendable>(
        _ sql: String,
        chunks: Chunks,
        deadline: Duration? = nil
    ) async throws(PostgresError) -> Int where Chunks.Element == [UInt8] {
        try await exclusively(deadline) { () async throws(PostgresError) in
            try await beginCopy(sql, isIn: true)
            var iterator = chunks.makeAsyncIterator()
            while true {
                let chunk: [UInt8]?
                do {
                    chunk = try await iterator.next(isolation: self)
                } catch {
                    return try await refuseCopy(PostgresError(.encoding, "the data's source failed", cause: error))
                }
                guard let chunk else { break }
                try await put(chunk)
            }
            return try await endCopy()
        }
    }

    /// Copies out with a statement like `COPY t TO STDOUT (FORMAT binary)`; `body` gets each row's bytes, in order, and
    /// slows the server down when it is slow itself.
    /// - Returns: the number of rows copied.
    @discardableResult
    public func copyOut(
        _ sql: String,
        deadline: Duration? = nil,
        _ body: @Sendable ([UInt8]) async throws(PostgresError) -> Void
    ) async throws(PostgresError) -> Int {
        try await exclusively(deadline) { () async throws(PostgresError) in
            try await beginCopy(sql, isIn: false)
            while true {
                try checkOpen()
                hasBeenReady = false
                switch handle.getCopy() {
                case .chunk(let chunk):
                    do throws(PostgresError) {
                        pauseReading()
                        try await body(chunk)
                        resumeReading()
                    } catch {
                        // The rest of the data is on its way; only a new connection gets rid of it.
                        finish(PostgresError(.closed, "a copy was left"))
                        throw error
                    }
                case .wait: try await waitUntilReady()
                case .end: return try await collect().first?.affectedRows ?? 0
                }
            }
        }
    }

    func beginCopy(_ sql: String, isIn: Bool) async throws(PostgresError) {
        try await send(handle.sendScript(sql))
        switch try await nextAnswer() {
        case .copyIn where isIn: return
        case .copyOut where !isIn: return
        case .failure(let error):
            _ = try await collect()
            throw error
        case .result, .end:
            _ = try await collect()
            throw PostgresError(.configuration, "the statement is not the COPY that was asked for")
        default:
            let error = PostgresError(.configuration, "the statement is not the COPY that was asked for")
            finish(error)
            throw error
        }
    }

    func put(_ chunk: [UInt8]) async throws(PostgresError) {
        try await offer { handle.putCopy(chunk) }
    }

    func endCopy() async throws(PostgresError) -> Int {
        try await offer { handle.endCopy(reason: nil) }
        return try await collect().first?.affectedRows ?? 0
    }

    /// Has the server throw the rows away, and passes `error` on; the session stays usable.
    func refuseCopy(_ error: PostgresError) async throws(PostgresError) -> Int {
        try await offer { handle.endCopy(reason: "given up by the client") }
        do throws(PostgresError) { _ = try await collect() } catch { try checkOpen() }
        throw error
    }

    private func offer(_ step: () -> PostgresHandle.CopyIn) async throws(PostgresError) {
        while true {
            try checkOpen()
            switch step() {
            case .taken: return try await flushAll()
            case .full: try await flushAll()
            case .failed:
                finish(PostgresError(.connectionLost, handle.errorMessage))
                try checkOpen()
            }
        }
    }
}
