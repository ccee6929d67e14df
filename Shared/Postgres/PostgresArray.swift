// SPDX-License-Identifier: Apache-2.0
// Martlet: a one-dimensional PostgreSQL array, built in its binary form.

/// An array parameter that grows element by element into the bytes that go over the wire.
///
/// ```swift
/// var ids = PostgresArray(.int8, capacity: jobs.count)
/// for job in jobs { ids.append(job.id) }
/// bindings.append(ids)
/// ```
/// Append only values of the element type: the server refuses the statement otherwise.
public struct PostgresArray: Sendable {
    /// Dimensions, null flag, element OID, size, lower bound: five 32-bit integers.
    static let headerSize = 20

    /// The type of each element.
    public let element: PostgresType
    /// Elements appended so far, NULLs included.
    public private(set) var count = 0
    private var hasNull = false
    private var storage: [UInt8] = []

    /// Makes an empty array with room for `capacity` elements (16 bytes each for types of varying width).
    public init(_ element: PostgresType, capacity: Int = 0) {
        self.element = element
        storage.reserveCapacity(Self.headerSize + capacity * (4 + (element.fixedWidth ?? 16)))
        storage.appendBigEndian(Int32(1))
        storage.appendBigEndian(Int32(0))
        storage.appendBigEndian(element.oid)
        storage.appendBigEndian(Int32(0))
        storage.appendBigEndian(Int32(1))
    }

    /// Appends an `int8`.
    public mutating func append(_ value: Int64) {
        storage.appendPrefixed(value)
        count += 1
    }

    /// Appends an `int4`.
    public mutating func append(_ value: Int32) {
        storage.appendPrefixed(value)
        count += 1
    }

    /// Appends an `int2`.
    public mutating func append(_ value: Int16) {
        storage.appendPrefixed(value)
        count += 1
    }

    /// Appends a `float8`.
    public mutating func append(_ value: Double) {
        append(Int64(bitPattern: value.bitPattern))
    }

    /// Appends a `bool`.
    public mutating func append(_ value: Bool) {
        storage.appendBigEndian(Int32(1))
        storage.append(value ? 1 : 0)
        count += 1
    }

    /// Appends a `text`, `json` or `jsonb`.
    public mutating func append(_ value: String) {
        var value = value
        value.withUTF8 { bytes in
            appendLength(bytes.count)
            storage.append(contentsOf: bytes)
        }
    }

    /// Appends UTF-8 as `text`, `json` or `jsonb`; the server refuses what is not UTF-8.
    public mutating func append(utf8 value: [UInt8]) { append(bytes: value) }

    /// Appends UTF-8 as `text`, `json` or `jsonb` without an array in between.
    public mutating func append(utf8 value: Span<UInt8>) {
        appendLength(value.count)
        storage.append(span: value)
    }

    /// Appends UTF-8 from any collection, such as a slice or `Substring.UTF8View`.
    public mutating func append(utf8 value: some Collection<UInt8>) {
        appendLength(value.count)
        storage.append(contentsOf: value)
    }

    /// Appends a `bytea`, or the 16 bytes of a `uuid`.
    public mutating func append(bytes value: [UInt8]) {
        appendLength(value.count)
        storage.append(contentsOf: value)
    }

    /// Appends a `timestamptz`.
    public mutating func appendTimestamp(microsecondsSince1970 value: Int64) {
        append(value &- postgresEpochMicroseconds)
    }

    /// Appends a NULL.
    public mutating func appendNull() {
        storage.appendBigEndian(Int32(-1))
        hasNull = true
        count += 1
    }

    /// Writes the length of an element of varying width, and jsonb's version byte.
    private mutating func appendLength(_ length: Int) {
        count += 1
        guard element == .jsonb else { return storage.appendBigEndian(Int32(length)) }
        storage.appendBigEndian(Int32(length + 1))
        storage.append(1)
    }

    /// Size of the wire form in bytes; an empty array has no dimension fields.
    var encodedCount: Int { count == 0 ? 12 : storage.count }

    /// Appends the wire form to `target`.
    func encode(into target: inout [UInt8]) {
        guard count > 0 else {
            target.appendBigEndian(Int32(0))
            target.appendBigEndian(Int32(0))
            target.appendBigEndian(element.oid)
            return
        }
        let start = target.count
        target.append(contentsOf: storage)
        if hasNull { target.patchBigEndian(1, at: start + 4) }
        target.patchBigEndian(Int32(count), at: start + 12)
    }
}
