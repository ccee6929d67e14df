// SPDX-License-Identifier: Apache-2.0
// Martlet: the size and checksum of a backup's index.

/// What an entry says of the index object.
public struct IndexSummary: Hashable, Sendable {
    /// Bytes of the object.
    public let size: Int64
    /// Of the object's bytes.
    public let sum: SHA256Sum

    /// Takes both over.
    public init(size: Int64, sum: SHA256Sum) {
        self.size = size
        self.sum = sum
    }
}
