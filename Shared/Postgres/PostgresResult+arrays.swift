// SPDX-License-Identifier: Apache-2.0
// Martlet: reading array values of a result.

extension PostgresResult {
    /// An `int8[]`; a NULL element is an error.
    public func int64Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64] {
        try array(row, column, of: .int8) { $0.count == 8 ? $0.loadBigEndian(Int64.self) : nil }
    }

    /// An `int4[]`; a NULL element is an error.
    public func int32Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int32] {
        try array(row, column, of: .int4) { $0.count == 4 ? $0.loadBigEndian(Int32.self) : nil }
    }

    /// An `int2[]`; a NULL element is an error.
    public func int16Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int16] {
        try array(row, column, of: .int2) { $0.count == 2 ? $0.loadBigEndian(Int16.self) : nil }
    }

    /// A `bool[]`; a NULL element is an error.
    public func boolArray(_ row: Int, _ column: Int) throws(PostgresError) -> [Bool] {
        try array(row, column, of: .bool) { $0.count == 1 ? $0[0] != 0 : nil }
    }

    /// A `float8[]`; a NULL element is an error.
    public func doubleArray(_ row: Int, _ column: Int) throws(PostgresError) -> [Double] {
        try array(row, column, of: .float8) {
            $0.count == 8 ? Double(bitPattern: $0.loadBigEndian(UInt64.self)) : nil
        }
    }

    /// A `text[]`; a NULL element is an error.
    public func stringArray(_ row: Int, _ column: Int) throws(PostgresError) -> [String] {
        try array(row, column, of: .text) { String(decoding: $0, as: UTF8.self) }
    }

    /// A `bytea[]`; a NULL element is an error.
    public func bytesArray(_ row: Int, _ column: Int) throws(PostgresError) -> [[UInt8]] {
        try array(row, column, of: .bytea) { [UInt8]($0) }
    }

    /// A `text[]` whose elements may be NULL.
    public func optionalStringArray(_ row: Int, _ column: Int) throws(PostgresError) -> [String?] {
        try elements(row, column, of: .text) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// An `int8[]` whose elements may be NULL.
    public func optionalInt64Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64?] {
        try elements(row, column, of: .int8) { $0.flatMap { $0.count == 8 ? $0.loadBigEndian(Int64.self) : nil } }
    }

    private func array<Element>(
        _ row: Int,
        _ column: Int,
        of type: PostgresType,
        _ decode: (UnsafeRawBufferPointer) -> Element?
    ) throws(PostgresError) -> [Element] {
        let values = try elements(row, column, of: type) { $0.flatMap(decode) }
        var result: [Element] = []
        result.reserveCapacity(values.count)
        for value in values {
            guard let value else { throw mismatch(row, column, "an array without NULL of that type") }
            result.append(value)
        }
        return result
    }

    private func elements<Element>(
        _ row: Int,
        _ column: Int,
        of type: PostgresType,
        _ decode: (UnsafeRawBufferPointer?) -> Element?
    ) throws(PostgresError) -> [Element?] {
        let value = try rawValue(row, column)
        guard isBinary(column), value.count >= 12, value.loadBigEndian(UInt32.self, at: 8) == type.oid else {
            throw mismatch(row, column, "an array of that type")
        }
        let dimensions = value.loadBigEndian(Int32.self)
        if dimensions == 0 { return [] }
        guard dimensions == 1, value.count >= PostgresArray.headerSize else {
            throw mismatch(row, column, "a one-dimensional array")
        }
        var offset = PostgresArray.headerSize
        var result: [Element?] = []
        for _ in 0..<max(0, value.loadBigEndian(Int32.self, at: 12)) {
            guard offset + 4 <= value.count else { throw mismatch(row, column, "a whole array") }
            let length = Int(value.loadBigEndian(Int32.self, at: offset))
            offset += 4
            guard length >= 0 else {
                result.append(decode(nil))
                continue
            }
            guard offset + length <= value.count else { throw mismatch(row, column, "a whole array") }
            result.append(decode(UnsafeRawBufferPointer(rebasing: value[offset..<offset + length])))
            offset += length
        }
        return result
    }
}
