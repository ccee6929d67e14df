// SPDX-License-Identifier: Apache-2.0
// Martlet: a sequence in a logical backup.

/// A sequence.
public struct LogicalSequence: Codable, Hashable, Sendable {
    /// Its name, quoted, with its schema.
    public var name: String
    /// Its last value.
    public var value: Int64
    /// Whether that value was given out already.
    public var isCalled: Bool
}
