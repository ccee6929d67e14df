// SPDX-License-Identifier: Apache-2.0
// Martlet: what is known of one archive.

/// An archive's name, size and checksum.
public struct ArchiveSummary: Hashable, Sendable {
    /// Its name.
    public let name: ArchiveName
    /// Bytes before compression.
    public let size: Int64
    /// Of the bytes before compression.
    public let sum: SHA256Sum

    /// Takes the three over.
    public init(name: ArchiveName, size: Int64, sum: SHA256Sum) {
        self.name = name
        self.size = size
        self.sum = sum
    }
}
