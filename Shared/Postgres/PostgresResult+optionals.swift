// SPDX-License-Identifier: Apache-2.0
// Martlet: reading one value of a result that may be NULL.

extension PostgresResult {
    /// Like `int64`, with nil for NULL.
    public func optionalInt64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        isNull(row, column) ? nil : try int64(row, column)
    }

    /// Like `int32`, with nil for NULL.
    public func optionalInt32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32? {
        isNull(row, column) ? nil : try int32(row, column)
    }

    /// Like `int16`, with nil for NULL.
    public func optionalInt16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16? {
        isNull(row, column) ? nil : try int16(row, column)
    }

    /// Like `bool`, with nil for NULL.
    public func optionalBool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool? {
        isNull(row, column) ? nil : try bool(row, column)
    }

    /// Like `double`, with nil for NULL.
    public func optionalDouble(_ row: Int, _ column: Int) throws(PostgresError) -> Double? {
        isNull(row, column) ? nil : try double(row, column)
    }

    /// Like `string`, with nil for NULL.
    public func optionalString(_ row: Int, _ column: Int) throws(PostgresError) -> String? {
        isNull(row, column) ? nil : try string(row, column)
    }

    /// Like `bytes`, with nil for NULL.
    public func optionalBytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8]? {
        isNull(row, column) ? nil : try bytes(row, column)
    }

    /// Like `timestampMicroseconds`, with nil for NULL.
    public func optionalTimestampMicroseconds(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        isNull(row, column) ? nil : try timestampMicroseconds(row, column)
    }
}
