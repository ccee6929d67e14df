// SPDX-License-Identifier: Apache-2.0
// Martlet: what is known of one archive.

/// An archive's name, size and checksum.
public struct ArchiveSummary: Hashable, Sendable {
    /// Its name.
    public let name: ArchiveName
    /// Bytes before compression.
    public let size: Int64
    /// The SHA-256 of its chunks' SHA-256 sums (of their bytes before compression), one after another: a tree of two levels,
    /// so that threads can sum up, and no byte is summed up twice.
    public let sum: SHA256Sum

    /// Takes the three over.
    public init(name: ArchiveName, size: Int64, sum: SHA256Sum) {
        self.name = name
        self.size = size
        self.sum = sum
    }
}
