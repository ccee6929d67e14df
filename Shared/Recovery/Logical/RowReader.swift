// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the rows of a COPY and sums them up.
internal import Postgres
internal import Synchronization

/// Reads rows as text, many at a time.
enum RowReader {
    /// Bytes that are handed over at once.
    private static let piece = 256 << 10

    /// Runs a `COPY … TO STDOUT`; `table` is for the error's message.
    static func read(
        _ sql: String,
        in session: PostgresSession,
        of table: String,
        _ body: @escaping @Sendable ([UInt8]) async throws(RecoveryError) -> Void = { _ in }
    ) async throws(RecoveryError) -> RowSum {
        let sum = Mutex(RowSum())
        let count: Int
        do throws(PostgresError) {
            count = try await session.copyOut(sql, gathering: piece) { rows throws(PostgresError) in
                sum.withLock { $0.add(rows) }
                do throws(RecoveryError) { try await body(rows) } catch {
                    throw PostgresError(.closed, "the copy's reader failed", cause: error)
                }
            }
        } catch {
            throw RecoveryError(error, "table \(table) can't be read")
        }
        let found = sum.withLock { $0 }
        guard found.rows == count, found.isWhole else {
            throw RecoveryError(.internal, "the server copied \(count) rows of \(table), but \(found.rows) came")
        }
        return found
    }
}
