// SPDX-License-Identifier: Apache-2.0
// Martlet: the PostgreSQL types that parameters may have.

/// A parameter's type; the raw value is its OID.
public enum PostgresType: UInt32, Sendable, Hashable {
    case bool = 16
    case bytea = 17
    case int8 = 20
    case int2 = 21
    case int4 = 23
    case text = 25
    case json = 114
    case float8 = 701
    case timestamptz = 1184
    case uuid = 2950
    case jsonb = 3802
    case boolArray = 1000
    case byteaArray = 1001
    case int2Array = 1005
    case int4Array = 1007
    case textArray = 1009
    case int8Array = 1016
    case float8Array = 1022
    case timestamptzArray = 1185
    case jsonArray = 199
    case uuidArray = 2951
    case jsonbArray = 3807

    /// The type's object identifier in every PostgreSQL database.
    public var oid: UInt32 { rawValue }

    /// Width in bytes of the binary form, or nil when it varies.
    var fixedWidth: Int? {
        switch self {
        case .bool: 1
        case .int2: 2
        case .int4: 4
        case .int8, .float8, .timestamptz: 8
        case .uuid: 16
        default: nil
        }
    }
}

/// Microseconds between 1970-01-01 and 2000-01-01, PostgreSQL's epoch.
let postgresEpochMicroseconds: Int64 = 946_684_800_000_000
