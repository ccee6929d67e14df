// SPDX-License-Identifier: Apache-2.0
// Martlet: the rows of one statement, decoded in place from libpq's memory.

import CLibPQ

// Sendable: the PGresult is written by nobody after `init`, and freed once, when the last reference is gone.
/// The result of a statement. Rows and columns count from 0.
///
/// Accessors throw `PostgresError.Code.decoding` when the place does not exist, is NULL, or holds another type.
public final class PostgresResult: @unchecked Sendable {
    private let result: OpaquePointer
    /// Number of rows.
    public let rowCount: Int
    /// Number of columns.
    public let columnCount: Int

    /// Takes ownership of `result`.
    init(adopting result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit { PQclear(result) }

    /// Rows inserted, updated, deleted or selected; 0 for other commands.
    public var affectedRows: Int {
        guard let text = PQcmdTuples(result) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// Names of the columns.
    public var columnNames: [String] {
        (0..<columnCount).map { PQfname(result, Int32($0)).map { String(cString: $0) } ?? "" }
    }

    /// Whether the value is NULL; a place that does not exist counts as NULL.
    public func isNull(_ row: Int, _ column: Int) -> Bool {
        guard row >= 0, row < rowCount, column >= 0, column < columnCount else { return true }
        return PQgetisnull(result, Int32(row), Int32(column)) != 0
    }

    /// Type OID of a column, or 0.
    func columnOID(_ column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    /// Whether a column came in binary; only multi-statement scripts get text.
    func isBinary(_ column: Int) -> Bool { PQfformat(result, Int32(column)) == 1 }

    /// Lends the bytes of a value that is not NULL, as sent by the server, for the time of `body`.
    public func withBytes<Value, Failure: Error>(
        _ row: Int,
        _ column: Int,
        _ body: (Span<UInt8>) throws(Failure) -> Value
    ) throws -> Value {
        try withRawValue(row, column) { bytes throws(Failure) in
            try body(bytes.bindMemory(to: UInt8.self).span)
        }
    }

    /// Lends libpq's memory to the decoders of this module.
    func withRawValue<Value, Failure: Error>(
        _ row: Int,
        _ column: Int,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws -> Value {
        try body(rawValue(row, column))
    }

    /// The bytes of a value; valid as long as this result.
    func rawValue(_ row: Int, _ column: Int) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard row >= 0, row < rowCount, column >= 0, column < columnCount else {
            throw PostgresError(
                .decoding,
                "no value at row \(row), column \(column) of \(rowCount) rows and \(columnCount) columns"
            )
        }
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0 else {
            throw PostgresError(.decoding, "row \(row), column \(column) is NULL")
        }
        let length = Int(PQgetlength(result, Int32(row), Int32(column)))
        return UnsafeRawBufferPointer(start: PQgetvalue(result, Int32(row), Int32(column)), count: length)
    }

    /// The error for a value that is not of the type asked for.
    func mismatch(_ row: Int, _ column: Int, _ wanted: String) -> PostgresError {
        PostgresError(
            .decoding,
            "row \(row), column \(column) has type \(columnOID(column)), which is not \(wanted)"
        )
    }
}
