// SPDX-License-Identifier: Apache-2.0
// Martlet: reading one value of a result.

extension PostgresResult {
    /// An `int8`, or a narrower integer widened.
    public func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        let value = try rawValue(row, column)
        guard isBinary(column) else { return try parse(value, row, column, "an integer") }
        switch (columnOID(column), value.count) {
        case (PostgresType.int8.oid, 8): return value.loadBigEndian(Int64.self)
        case (PostgresType.int4.oid, 4): return Int64(value.loadBigEndian(Int32.self))
        case (PostgresType.int2.oid, 2): return Int64(value.loadBigEndian(Int16.self))
        // oid and xid-like columns of the system catalogues.
        case (26, 4): return Int64(value.loadBigEndian(UInt32.self))
        default: throw mismatch(row, column, "an integer")
        }
    }

    /// An `int8` or narrower integer as `Int`.
    public func int(_ row: Int, _ column: Int) throws(PostgresError) -> Int {
        Int(try int64(row, column))
    }

    /// An `int4`, or an `int2` widened.
    public func int32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 {
        guard let value = Int32(exactly: try int64(row, column)) else { throw mismatch(row, column, "within int4") }
        return value
    }

    /// An `int2`.
    public func int16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16 {
        guard let value = Int16(exactly: try int64(row, column)) else { throw mismatch(row, column, "within int2") }
        return value
    }

    /// A `bool`.
    public func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        let value = try rawValue(row, column)
        guard columnOID(column) == PostgresType.bool.oid, value.count == 1 else {
            throw mismatch(row, column, "a boolean")
        }
        return value[0] == 1 || value[0] == UInt8(ascii: "t")
    }

    /// A `float8`, or a `float4` widened.
    public func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double {
        let value = try rawValue(row, column)
        guard isBinary(column) else {
            guard let number = Double(String(decoding: value, as: UTF8.self)) else {
                throw mismatch(row, column, "a floating-point number")
            }
            return number
        }
        switch (columnOID(column), value.count) {
        case (PostgresType.float8.oid, 8): return Double(bitPattern: value.loadBigEndian(UInt64.self))
        case (700, 4): return Double(Float(bitPattern: value.loadBigEndian(UInt32.self)))
        default: throw mismatch(row, column, "a floating-point number")
        }
    }

    /// A `text`, `varchar`, `name`, `json`, `jsonb`, enum or domain value; in scripts any value as text.
    public func string(_ row: Int, _ column: Int) throws(PostgresError) -> String {
        String(decoding: try textBytes(row, column), as: UTF8.self)
    }

    /// The raw bytes of a `bytea` or `uuid`, or the UTF-8 of a text or JSON value.
    public func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
        guard isBinary(column) || columnOID(column) != PostgresType.bytea.oid else {
            throw mismatch(row, column, "a binary result")
        }
        return [UInt8](try textBytes(row, column, allowing: true))
    }

    /// A `timestamptz` in microseconds since 1970; infinities are `Int64.min` and `Int64.max`.
    public func timestampMicroseconds(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        let value = try rawValue(row, column)
        // 1114 is timestamp without time zone, which the ledger never uses but now() AT TIME ZONE yields.
        guard isBinary(column), value.count == 8, [PostgresType.timestamptz.oid, 1114].contains(columnOID(column))
        else {
            throw mismatch(row, column, "a timestamp")
        }
        let raw = value.loadBigEndian(Int64.self)
        guard raw != .min, raw != .max else { return raw }
        return raw &+ postgresEpochMicroseconds
    }

    private func textBytes(
        _ row: Int,
        _ column: Int,
        allowing binary: Bool = false
    ) throws(PostgresError) -> UnsafeRawBufferPointer {
        let value = try rawValue(row, column)
        guard isBinary(column) else { return value }
        switch PostgresType(rawValue: columnOID(column)) {
        case .jsonb:
            guard value.first == 1 else { throw mismatch(row, column, "jsonb version 1") }
            return UnsafeRawBufferPointer(rebasing: value.dropFirst())
        case .text, .json, nil: return value
        case .bytea where binary, .uuid where binary: return value
        default: throw mismatch(row, column, binary ? "bytes or text" : "text")
        }
    }

    private func parse(
        _ value: UnsafeRawBufferPointer,
        _ row: Int,
        _ column: Int,
        _ wanted: String
    ) throws(PostgresError) -> Int64 {
        guard let number = Int64(String(decoding: value, as: UTF8.self)) else { throw mismatch(row, column, wanted) }
        return number
    }
}

extension UnsafeRawBufferPointer {
    /// The integer at `offset`, stored in network order, at any alignment. The caller has checked the bounds.
    @inline(__always)
    func loadBigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int = 0) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
