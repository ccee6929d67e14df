// SPDX-License-Identifier: Apache-2.0
// Martlet: the parameters of one execution, in binary, in one allocation.

/// Values for `$1`, `$2`… in order; each must be of the statement's declared type.
///
/// ```swift
/// var bindings = PostgresBindings()
/// bindings.append(id)
/// bindings.append("default")
/// ```
public struct PostgresBindings: Sendable {
    /// Each value is stored as a 32-bit length (-1: NULL), one byte 0x01, and the value. The byte is jsonb's version:
    /// a value bound to a jsonb parameter is sent from it, any other from the byte after.
    var storage: [UInt8] = []
    /// Values appended so far.
    public private(set) var count = 0

    /// Makes empty bindings.
    public init() {}

    /// Makes empty bindings with room for `capacity` bytes, counting 5 bytes for each value's frame.
    public init(capacity: Int) { storage.reserveCapacity(capacity) }

    /// Appends an `int8`.
    public mutating func append(_ value: Int64?) {
        guard let value else { return appendNull() }
        appendFrame(8)
        storage.appendBigEndian(value)
    }

    /// Appends an `int8`.
    public mutating func append(_ value: Int?) { append(value.map(Int64.init)) }

    /// Appends an `int4`.
    public mutating func append(_ value: Int32?) {
        guard let value else { return appendNull() }
        appendFrame(4)
        storage.appendBigEndian(value)
    }

    /// Appends an `int2`.
    public mutating func append(_ value: Int16?) {
        guard let value else { return appendNull() }
        appendFrame(2)
        storage.appendBigEndian(value)
    }

    /// Appends a `bool`.
    public mutating func append(_ value: Bool?) {
        guard let value else { return appendNull() }
        appendFrame(1)
        storage.append(value ? 1 : 0)
    }

    /// Appends a `float8`.
    public mutating func append(_ value: Double?) { append(value.map { Int64(bitPattern: $0.bitPattern) }) }

    /// Appends a `text`, `json` or `jsonb`.
    public mutating func append(_ value: String?) {
        guard var value else { return appendNull() }
        value.withUTF8 { bytes in
            appendFrame(bytes.count)
            storage.append(contentsOf: bytes)
        }
    }

    /// Appends a `bytea`, the 16 bytes of a `uuid`, or UTF-8 as `text`, `json` or `jsonb`.
    public mutating func append(bytes value: [UInt8]?) {
        guard let value else { return appendNull() }
        appendFrame(value.count)
        storage.append(contentsOf: value)
    }

    /// Appends bytes like `append(bytes:)`, without an array in between.
    public mutating func append(bytes value: Span<UInt8>) {
        appendFrame(value.count)
        storage.append(span: value)
    }

    /// Appends a `timestamptz`.
    public mutating func append(timestamp microsecondsSince1970: Int64?) {
        append(microsecondsSince1970.map { $0 &- postgresEpochMicroseconds })
    }

    /// Appends an array.
    public mutating func append(_ value: PostgresArray) {
        appendFrame(value.encodedCount)
        value.encode(into: &storage)
    }

    /// Appends a NULL of any type.
    public mutating func appendNull() { appendFrame(-1) }

    private mutating func appendFrame(_ length: Int) {
        count += 1
        withUnsafeBytes(of: Int32(length)) { storage.append(contentsOf: $0) }
        storage.append(1)
    }
}
