// SPDX-License-Identifier: Apache-2.0
// Martlet: rows of a binary COPY.

/// Takes the columns of one row, in order; each must be of its column's type.
public struct PostgresCopyRow: Sendable {
    var storage: [UInt8] = []
    /// Columns of the row under way.
    private(set) var columns = 0

    /// Signature, flags and an empty extension.
    mutating func beginFile() {
        storage.append(contentsOf: Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0])
        storage.appendBigEndian(Int64(0))
    }

    mutating func beginRow(_ count: Int) {
        columns = 0
        storage.appendBigEndian(Int16(count))
    }

    mutating func endFile() { storage.appendBigEndian(Int16(-1)) }

    mutating func take() -> [UInt8] {
        defer {
            storage = []
            storage.reserveCapacity(PostgresSession.copyChunk + 4_096)
        }
        return storage
    }

    /// Appends an `int8`.
    public mutating func append(_ value: Int64?) {
        guard let value else { return appendNull() }
        columns += 1
        storage.appendPrefixed(value)
    }

    /// Appends an `int4`.
    public mutating func append(_ value: Int32?) {
        guard let value else { return appendNull() }
        columns += 1
        storage.appendPrefixed(value)
    }

    /// Appends an `int2`.
    public mutating func append(_ value: Int16?) {
        guard let value else { return appendNull() }
        columns += 1
        storage.appendPrefixed(value)
    }

    /// Appends a `bool`.
    public mutating func append(_ value: Bool?) {
        guard let value else { return appendNull() }
        append(bytes: [value ? 1 : 0])
    }

    /// Appends a `float8`.
    public mutating func append(_ value: Double?) { append(value.map { Int64(bitPattern: $0.bitPattern) }) }

    /// Appends a `text` or `json`.
    public mutating func append(_ value: String?) {
        guard let value else { return appendNull() }
        append(bytes: Array(value.utf8))
    }

    /// Appends a `jsonb`.
    public mutating func append(jsonb value: String?) {
        guard let value else { return appendNull() }
        append(bytes: [1] + Array(value.utf8))
    }

    /// Appends a `bytea`, the 16 bytes of a `uuid`, or UTF-8 as `text` or `json`.
    public mutating func append(bytes value: [UInt8]?) {
        guard let value else { return appendNull() }
        columns += 1
        storage.appendBigEndian(Int32(value.count))
        storage.append(contentsOf: value)
    }

    /// Appends a `timestamptz`.
    public mutating func append(timestamp microsecondsSince1970: Int64?) {
        append(microsecondsSince1970.map { $0 &- postgresEpochMicroseconds })
    }

    /// Appends an array.
    public mutating func append(_ value: PostgresArray) {
        columns += 1
        storage.appendBigEndian(Int32(value.encodedCount))
        value.encode(into: &storage)
    }

    /// Appends a NULL of any type.
    public mutating func appendNull() {
        columns += 1
        storage.appendBigEndian(Int32(-1))
    }
}
