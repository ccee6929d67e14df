// SPDX-License-Identifier: Apache-2.0
// Martlet: array elements that may be NULL.

internal import Platform
internal import Postgres

extension PostgresArray {
    /// Appends a text or NULL.
    mutating func append(_ value: String?) {
        if let value { append(value) } else { appendNull() }
    }

    /// Appends a time or NULL.
    mutating func append(_ value: Timestamp?) {
        if let value { appendTimestamp(microsecondsSince1970: value.microseconds) } else { appendNull() }
    }
}
